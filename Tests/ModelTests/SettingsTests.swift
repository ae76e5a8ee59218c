import Model
import Testing

private func layers(file: String = "", environment: [String: String] = [:]) throws -> SettingLayers {
  var layers = SettingLayers(home: "/home/ann")
  try SettingsFile.apply(Array(file.utf8), named: "scenehf.yaml", to: &layers)
  layers.apply(environment: environment)
  return layers
}

private func complaint(file: String = "", environment: [String: String] = [:]) -> String? {
  do {
    _ = try Settings(try layers(file: file, environment: environment))
    return nil
  } catch {
    return "\(error)"
  }
}

@Test func `the defaults are usable`() throws {
  let settings = try Settings(SettingLayers(home: "/home/ann"))
  #expect(settings.storageRoot == "/home/ann/Pictures/SceneGen")
  #expect(settings.layerLimits == .layer)
  #expect(settings.cutoutLimits == .cutout)
  #expect(settings.plateLimits == .plate)
  #expect(settings.maxPixels == 100_000_000)
  #expect(settings.maxFileBytes == 200_000_000)
  #expect(abs(settings.reframeAspect - 16.0 / 9) < 1e-9)
}

@Test func `the environment stands over the file, the command line over both`() throws {
  var layers = try layers(file: "attempts: 2\njobs_at_once: 3\n", environment: ["SCENEHF_ATTEMPTS": "4"])
  #expect(layers.entry(.attempts).text == "4")
  #expect(layers.entry(.attempts).origin == "environment SCENEHF_ATTEMPTS")
  #expect(layers.entry(.jobsAtOnce).text == "3")
  #expect(layers.entry(.jobsAtOnce).origin == "scenehf.yaml line 2")
  #expect(layers.entry(.colors).origin == "default")
  layers.set(.attempts, to: "5", from: "--attempts")
  #expect(try Settings(layers).attempts == 5)
}

@Test func `an empty variable counts as absent`() throws {
  #expect(try layers(file: "attempts: 2\n", environment: ["SCENEHF_ATTEMPTS": ""]).entry(.attempts).text == "2")
}

@Test func `patterns come as a list, or with commas in the environment`() throws {
  let file = try Settings(try layers(file: "ignore: [\"*.raw\", 'x y']\n"))
  let environment = try Settings(try layers(environment: ["SCENEHF_IGNORE": "*.raw,x y"]))
  #expect(file.ignore == ["*.raw", "x y"])
  #expect(environment.ignore == file.ignore)
}

@Test(arguments: ["", "# only\n", "format: 1\nattempts: 2\n", "\u{FEFF}attempts: 2\r\n", "---\nattempts: 2\n"])
func `a file may be empty, have a mark or Windows line ends`(_ file: String) {
  #expect(complaint(file: file) == nil)
}

@Test(arguments: [
  ("attemps: 2\n", "line 1: there is no setting \"attemps\". Did you mean \"attempts\"?"),
  ("\ncolor: x\n", "line 2: there is no setting \"color\". Did you mean \"colors\"?"),
  ("format: 2\n", "scenehf.yaml line 1: It has format 2, which a newer SceneHF wrote"),
  ("format: new\n", "\"format\" is a whole number; this is 1."),
  ("openai_api_key: planted\n", "looks like a secret"),
  ("attempts: 7\n", "attempts is \"7\" (scenehf.yaml line 1), but must be a whole number from 1 to 6."),
  ("attempts: [1]\n", "takes one value"),
  ("attempts: 1\nattempts: 2\n", "attempts"),
  ("- attempts\n", "key: value"),
  ("attempts: \"\n", "not valid YAML"),
  ("colors: blue\n", "source or provider"),
  ("max_nonwhite: nan\n", "a number from"),
  ("min_nonwhite: 0.6\n", "max_nonwhite is \"0.5\" (default), but must be a number from 0.6 to 1.0."),
  ("reframe_aspect: 16:0\n", "width to height"), ("reframe_aspect: 2:x\n", "width to height"),
  ("reframe_aspect: '1:2:3'\n", "width to height"), ("reframe_aspect: ''\n", "width to height"),
])
func `a mistake is named with its place and what is expected`(_ file: String, _ words: String) {
  #expect(complaint(file: file)?.contains(words) == true, "\(complaint(file: file) ?? "accepted")")
}

@Test func `a secret in the file is not repeated in the message`() {
  #expect(complaint(file: "openai_api_key: planted\n")?.contains("planted") == false)
}

@Test func `every setting has a name in the environment and a meaning`() {
  #expect(Set(SettingKey.allCases.map(\.environmentName)).count == SettingKey.allCases.count)
  #expect(SettingKey.allCases.allSatisfy { !$0.meaning.isEmpty })
}
