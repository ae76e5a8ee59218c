import Blocking
import Dispatch
import Foundation
import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

/// Debian's Chromium without a window, driven through the DevTools protocol over a pair of pipes: no port, no
/// driver program, no library.
final class Browser: Sendable {
  static let executable = "/usr/bin/chromium"
  static var isInstalled: Bool { access(executable, X_OK) == 0 }

  private struct State {
    var next = 1
    var waiting: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
    var complaints: [String] = []
    var hosts: Set<String> = []
  }

  private let state = Locked(State())
  private let input: Int32
  private let output: Int32
  private let process: pid_t
  private let session = Locked<String?>(nil)

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs `body` with a browser showing an empty page of this size, in pixels.
  static func run(width: Int = 1280, height: Int = 720, _ body: (Browser) async throws -> Void) async throws {
    try await withTemporaryFolder(in: diskPlace) { profile in
      let browser = try Browser(width: width, height: height, profile: profile.string)
      defer { browser.end() }
      try await browser.openPage()
      try await body(browser)
    }
  }

  private init(width: Int, height: Int, profile: String) throws {
    var toBrowser: [Int32] = [0, 0]
    var fromBrowser: [Int32] = [0, 0]
    guard pipe(&toBrowser) == 0, pipe(&fromBrowser) == 0 else { throw Failure(description: "no pipes") }
    for descriptor in toBrowser + fromBrowser { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    (input, output) = (toBrowser[1], fromBrowser[0])
    let arguments = [
      Self.executable, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--hide-scrollbars",
      "--no-first-run", "--remote-debugging-pipe", "--user-data-dir=\(profile)", "--window-size=\(width),\(height)",
      "--force-device-scale-factor=1", "--disable-background-networking", "--disable-component-update",
    ]
    process = try Self.spawn(arguments, reading: toBrowser[0], writing: fromBrowser[1], home: profile)
    close(toBrowser[0])
    close(fromBrowser[1])
    // Reading blocks, so it has a thread of its own; it ends when the browser closes its end.
    Thread { [weak self, output] in Browser.listen(to: output) { self?.receive($0) } }.start()
  }

  /// The protocol is spoken on the descriptors 3 and 4.
  private static func spawn(_ arguments: [String], reading: Int32, writing: Int32, home: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Over high numbers, so that neither pipe is overwritten by the other.
    posix_spawn_file_actions_adddup2(&actions, reading, 103)
    posix_spawn_file_actions_adddup2(&actions, writing, 104)
    posix_spawn_file_actions_adddup2(&actions, 103, 3)
    posix_spawn_file_actions_adddup2(&actions, 104, 4)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      ["HOME=\(home)", "PATH=/usr/bin:/bin"].map { (text: String) in strdup(text) } + [nil]
    defer { for text in words + variables { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, executable, &actions, nil, &words, &variables)
    guard code == 0 else { throw Failure(description: "Chromium does not start: \(code)") }
    return process
  }

  private func end() {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    close(input)
  }

  // MARK: - The protocol

  private static func listen(to output: Int32, _ message: (JSONValue) -> Void) {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(output, &buffer, buffer.count)
      if count <= 0 { break }
      pending += buffer[..<count]
      while let end = pending.firstIndex(of: 0) {
        if let value = try? JSONDecoder().decode(JSONValue.self, from: Data(pending[..<end])) { message(value) }
        pending.removeSubrange(...end)
      }
    }
    close(output)
  }

  private func receive(_ message: JSONValue) {
    guard case .integer(let id)? = message["id"] else { return happened(message) }
    let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
    if let error = message["error"] {
      waiting?.resume(throwing: Failure(description: "\(error)"))
    } else {
      waiting?.resume(returning: message["result"] ?? .null)
    }
  }

  private func happened(_ message: JSONValue) {
    state.withLock { state in
      switch message["method"]?.text {
      case "Runtime.exceptionThrown": state.complaints.append("\(message["params"]?["exceptionDetails"] ?? .null)")
      case "Log.entryAdded":
        let entry = message["params"]?["entry"]
        if entry?["level"]?.text == "error" {
          state.complaints.append("\(entry?["text"]?.text ?? "") \(entry?["url"]?.text ?? "")")
        }
      case "Network.requestWillBeSent":
        if let url = message["params"]?["request"]?["url"]?.text, let host = URL(string: url)?.host {
          state.hosts.insert(host)
        }
      default: break
      }
    }
  }

  @discardableResult
  func call(_ method: String, _ parameters: [String: JSONValue] = [:]) async throws -> JSONValue {
    try await withCheckedThrowingContinuation { continuation in
      let number = state.withLock { state in
        defer { state.next += 1 }
        state.waiting[state.next] = continuation
        return state.next
      }
      var message: [String: JSONValue] = [
        "id": .integer(number), "method": .string(method), "params": .object(parameters),
      ]
      if let session = session.withLock({ $0 }) { message["sessionId"] = .string(session) }
      let bytes = ((try? JSONEncoder().encode(JSONValue.object(message))) ?? Data()) + [0]
      _ = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
    }
  }

  private func openPage() async throws {
    let target = try await call("Target.createTarget", ["url": "about:blank"])
    let attached = try await call("Target.attachToTarget", ["targetId": target["targetId"] ?? .null, "flatten": true])
    session.withLock { $0 = attached["sessionId"]?.text }
    for domain in ["Page", "Runtime", "Log", "Network", "DOM", "Accessibility"] { try await call("\(domain).enable") }
  }

  // MARK: - What a person does

  func visit(_ url: String) async throws { try await call("Page.navigate", ["url": .string(url)]) }

  /// The value of an expression in the page.
  @discardableResult
  func value(_ expression: String) async throws -> JSONValue {
    let result = try await call(
      "Runtime.evaluate", ["expression": .string(expression), "returnByValue": true, "awaitPromise": true])
    if let details = result["exceptionDetails"] { throw Failure(description: "\(expression): \(details)") }
    return result["result"]?["value"] ?? .null
  }

  /// What a screen reader would find here without a name to read out: roles, by the accessibility tree.
  func nameless() async throws -> [String] {
    let needNames: Set = ["button", "link", "textbox", "spinbutton", "radio", "slider", "combobox", "image"]
    let nodes = try await call("Accessibility.getFullAXTree")["nodes"]?.elements ?? []
    #expect(nodes.count > 20)
    return nodes.compactMap { node in
      guard node["ignored"] == .bool(false), let role = node["role"]?["value"]?.text, needNames.contains(role),
        node["name"]?["value"]?.text?.isEmpty != false
      else { return nil }
      return role
    }
  }

  /// Waits until an expression is true in the page.
  func sees(_ fact: String, _ expression: String, at location: SourceLocation = #_sourceLocation) async throws {
    try await eventually(fact, at: location) { try await value("Boolean(\(expression))") == .bool(true) }
  }

  /// Clicks what the selector finds first, as a mouse does; with `text`, the first that says so.
  func click(_ selector: String, text: String? = nil) async throws {
    let spot = try await value(
      """
      (() => {
        const wanted = \(text.map { "\"\($0)\"" } ?? "null")
        const found = [...document.querySelectorAll(`\(selector)`)].find((e) => !wanted || e.textContent.includes(wanted))
        if (!found) return null
        found.scrollIntoView({ block: 'center' })
        const box = found.getBoundingClientRect()
        return [box.x + box.width / 2, box.y + box.height / 2]
      })()
      """)
    guard let x = spot["0"]?.double, let y = spot["1"]?.double else {
      throw Failure(description: "nothing to click: \(selector) \(text ?? "")")
    }
    try await drag([(x, y)])
  }

  /// Presses the mouse at the first point, moves it through the others and lets go.
  func drag(_ points: [(x: Double, y: Double)]) async throws {
    func mouse(_ type: String, _ point: (x: Double, y: Double), buttons: Int) async throws {
      try await call(
        "Input.dispatchMouseEvent",
        [
          "type": .string(type), "x": .number(point.x), "y": .number(point.y), "button": "left",
          "buttons": .integer(buttons), "clickCount": 1,
        ])
    }
    guard let first = points.first, let last = points.last else { return }
    try await mouse("mouseMoved", first, buttons: 0)
    try await mouse("mousePressed", first, buttons: 1)
    for point in points.dropFirst() { try await mouse("mouseMoved", point, buttons: 1) }
    try await mouse("mouseReleased", last, buttons: 0)
  }

  /// Presses a key that writes one character.
  func press(_ key: String) async throws {
    try await call("Input.dispatchKeyEvent", ["type": "keyDown", "key": .string(key), "text": .string(key)])
    try await call("Input.dispatchKeyEvent", ["type": "keyUp", "key": .string(key)])
  }

  /// Chooses files in a file field.
  func choose(_ files: [String], in selector: String) async throws {
    let root = try await call("DOM.getDocument")["root"]?["nodeId"] ?? .null
    let field = try await call("DOM.querySelector", ["nodeId": root, "selector": .string(selector)])["nodeId"] ?? .null
    try await call("DOM.setFileInputFiles", ["nodeId": field, "files": .array(files.map { .string($0) })])
  }

  /// Lets downloads go into a folder.
  func download(into folder: String) async throws {
    try await call("Page.setDownloadBehavior", ["behavior": "allow", "downloadPath": .string(folder)])
  }

  /// Pictures of a screen of this size: a phone's, say.
  func resize(width: Int, height: Int, dark: Bool = false) async throws {
    try await call(
      "Emulation.setDeviceMetricsOverride",
      ["width": .integer(width), "height": .integer(height), "deviceScaleFactor": 1, "mobile": .bool(width < 600)])
    let scheme: JSONValue = .object(["name": "prefers-color-scheme", "value": dark ? "dark" : "light"])
    try await call("Emulation.setEmulatedMedia", ["features": .array([scheme])])
  }

  /// Keeps a picture of the page where `SCENEHF_SCREENSHOTS` names a folder, for people to look at.
  func photograph(_ name: String) async throws {
    let picture = try await call("Page.captureScreenshot")["data"]?.text ?? ""
    let bytes = try #require(Data(base64Encoded: picture))
    #expect(bytes.count > 5000)
    guard let folder = ProcessInfo.processInfo.environment["SCENEHF_SCREENSHOTS"] else { return }
    try bytes.write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).png"))
  }

  /// Errors that the page or the browser told of.
  var complaints: [String] { state.withLock { $0.complaints } }
  /// Every host that was asked for anything.
  var hosts: Set<String> { state.withLock { $0.hosts } }
}
