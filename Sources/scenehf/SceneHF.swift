import ArgumentParser

@main
struct SceneHF: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "scenehf", abstract: "Pictures in, layers out.")
}
