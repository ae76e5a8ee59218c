import ArgumentParser
import Engine
import FoundationEssentials

/// `scenehf engine`: what the embedded engine has.
struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Show what the embedded engine has; exit status 1 if its network is missing.")

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let files = EngineFiles.found(environment: ProcessInfo.processInfo.environment)
    print(files.report)
    if !files.isComplete { throw ExitCode(1) }
  }
}
