import ArgumentParser
import FoundationEssentials
import Glibc
import Model
import Storage
import SystemPackage

/// `scenehf install`: the service for this user, started at every login.
struct InstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Let systemd run the service for this user, from now on and at every login.",
    discussion: """
      Writes ~/.config/systemd/user/scenehf.service for this very program, and starts it. Run it again after moving the
      program or to change the options; "scenehf uninstall" takes it away, and leaves the pictures.

      Keys go into ~/.config/scenehf/environment, one KEY=value a line, readable by you alone. After a change of the
      configuration file "systemctl --user reload scenehf" has it read; a mistake in it leaves the earlier settings in force.

      EXAMPLES
        scenehf install
        scenehf install --http 127.0.0.1:8765              with the page
        scenehf install --storage-root /srv/pictures       for another root
        scenehf install --print                            only show the unit
        loginctl enable-linger                             run it also while you are not logged in

      EXIT STATUS
        0   it runs      1   it could not be started; the sentence says by what
      """)

  @OptionGroup var options: GlobalOptions
  @Option(help: ArgumentHelp("Serve the page and the API there, such as 127.0.0.1:8765.", valueName: "HOST:PORT"))
  var http: String?
  @Flag(help: "Print the unit instead of installing it.") var print = false

  func run() async throws {
    let settings = try options.settings()
    let layout = GlobalOptions.layout(settings)
    let root = layout.root.string
    let unit = UserUnit(program: try Self.program(), arguments: arguments(root), root: root)
    if print { return Swift.print(unit.text, terminator: "") }
    try orExplain {
      // Makes the folders, so that the desktop can be told of them.
      if !layout.isBusy { _ = try JobStore.open(layout) }
      FolderIcons.tellDesktop(layout)
      try unit.write()
      try UserUnit.systemctl("daemon-reload")
      try UserUnit.systemctl("enable", "scenehf.service")
      // A service that runs already takes the new unit.
      try UserUnit.systemctl("restart", "scenehf.service")
    }
    Swift.print("The service runs and watches \(root)/inbox. \"systemctl --user status scenehf\" shows it.")
  }

  /// What was said here in words, the service is told too; what settings say, it reads itself.
  private func arguments(_ root: String) -> [String] {
    var words = ["watch"]
    if options.storageRoot != nil || ProcessInfo.processInfo.environment["STORAGE_ROOT"] != nil {
      words += ["--storage-root", root]
    }
    if let config = options.config { words += ["--config", URL(filePath: config).path] }
    if let http { words += ["--http", http] }
    return words
  }

  private static func program() throws -> String {
    guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
      throw ValidationError("This program does not find its own file: /proc is missing. Mount it.")
    }
    return path
  }
}

/// `scenehf uninstall`: the reverse; the pictures stay.
struct UninstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall", abstract: "Stop the service of this user and take its unit away. Pictures stay.",
    discussion: """
      Settings, presets and keys in ~/.config/scenehf stay too.

      EXAMPLES
        scenehf uninstall

      EXIT STATUS
        0   it is gone      1   nothing was installed, or systemd did not do it
      """)

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let root = GlobalOptions.layout(try options.settings()).root.string
    guard access(UserUnit.path, F_OK) == 0 else {
      complain("There is no \(UserUnit.path); nothing is installed.")
      throw ExitCode(1)
    }
    try orExplain {
      try UserUnit.systemctl("disable", "--now", "scenehf.service")
      unlink(UserUnit.path)
      try UserUnit.systemctl("daemon-reload")
    }
    print("The service is stopped and its unit is gone. Your pictures stay in \(root).")
  }
}
