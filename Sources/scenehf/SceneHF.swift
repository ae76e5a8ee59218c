import ArgumentParser
import Glibc

/// The command line: one sub-command a file in `Commands`.
struct SceneHF: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scenehf",
    abstract: "Turns pictures into layers and clean plates: drop them into a folder, find the results in another.",
    discussion: """
      FOLDERS
        inbox/     drop pictures here (PNG, JPEG, WebP, TIFF, HEIC, AVIF)
        working/   being worked on; status.txt says which step
        review/    needs you: save the .yaml file or drop a mask: it runs again
        done/      layers, cut-outs, plate and manifest
        rejected/  what could not become a job, with reason.txt

      They lie in $STORAGE_ROOT (default ~/Pictures/SceneGen). --storage-root DIR
      and --config FILE may stand before or after any command.

      EVERY DAY
        scenehf watch              the service: leave it running, drop pictures, look into done/
        scenehf status             what is where, and why
        scenehf show JOB           one picture, step by step
        scenehf help COMMAND       everything about a command, with examples

      COMPLETIONS
        scenehf --generate-completion-script bash (or zsh, fish) prints a script for
        your shell; see the README for where to put it.

      EXIT STATUS
        0   all went well       2   something needs your review
        1   something failed    64  the command line was not understood
      """,
    version: "0.3.0",
    subcommands: [
      WatchCommand.self, WorkerCommand.self, RunCommand.self, StatusCommand.self, ShowCommand.self, RetryCommand.self,
      AcceptCommand.self, SkipCommand.self, CancelCommand.self, PauseCommand.self, ResumeCommand.self,
      RestoreCommand.self,
      CheckCommand.self, DoctorCommand.self, ConfigCommand.self, EngineCommand.self,
      ImportCommand.self, PruneCommand.self, InstallCommand.self, UninstallCommand.self,
      DatabaseCommand.self, DecodeCommand.self,
    ])
}

@main
enum Program {
  static func main() async {
    // A reader that went away (`scenehf status | head`) is no reason to die without a word.
    signal(SIGPIPE, SIG_IGN)
    await SceneHF.main(GlobalOptions.movedBehindCommand(Array(CommandLine.arguments.dropFirst())))
  }
}
