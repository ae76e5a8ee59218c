import ArgumentParser
import Engine
import FoundationEssentials

/// `scenehf engine`: what the embedded engine has; and the engine alone, without the folder.
struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "The embedded engine: what it has, more weights, and its work without the folder.",
    discussion: """
      Without a sub-command: says which network is installed; exit status 1 if none is.

      EXAMPLES
        scenehf engine                                           what there is
        scenehf engine install u2net                             the larger network, 176 MB
        scenehf engine separate a.jpg b.jpg --into out           layers without the folder
        scenehf engine fill a.png mask.png --output plate.png
      """,
    subcommands: [Shown.self, EngineInstallCommand.self, EngineSeparateCommand.self, EngineFillCommand.self],
    defaultSubcommand: Shown.self)

  struct Shown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show what the embedded engine has; exit status 1 if its network is missing.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
      let files = EngineFiles.found(environment: ProcessInfo.processInfo.environment)
      print(files.report)
      if !files.isComplete { throw ExitCode(1) }
    }
  }
}
