import ArgumentParser
import Model
import Storage
import SystemPackage

/// `scenehf database`: makes the tables in which several machines meet.
struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "database", abstract: "Share the root with other machines: make or update the tables, fill them.",
    discussion: """
      Makes the tables in the PostgreSQL database of DATABASE_URL, or brings them up to this version; marks the root as
      shared; and fills the table of jobs from the root. It may be run at any time, any number of times, also while
      machines work: the folders are the truth, the tables only say who works on what.

      After it every command on this root needs DATABASE_URL. It may hold a password, and is never shown or stored; it
      can stand in a file instead (DATABASE_URL_FILE), or be a systemd credential of that name.

      EXAMPLES
        scenehf database                 before the first start, and after each update
        scenehf database --lease 30      machines may be silent for half a minute before others take their jobs
        scenehf database --end           back to one machine, once all are stopped

      EXIT STATUS
        0   done      1   the database or the root could not be reached
      """)

  @OptionGroup var options: GlobalOptions
  @Option(
    help: ArgumentHelp(
      "How long a machine may be silent before others take over its jobs; 15 unless set once.", valueName: "SECONDS"))
  var lease: Double?
  @Flag(help: "End the sharing: one machine works alone again.") var end = false

  func validate() throws {
    if let lease, !(1...3600).contains(lease) { throw ValidationError("--lease takes 1 to 3600 seconds.") }
  }

  func run() async throws {
    let layout = GlobalOptions.layout(try options.settings())
    guard let database = try orExplain({ try Keyring().database() }) else {
      throw ValidationError("Set DATABASE_URL to the database that the machines share.")
    }
    try orExplain {
      if end {
        try Sharing.end(layout, uri: database)
        return print("\(layout.root.string) is one machine's again.")
      }
      let count = try Sharing.prepare(layout, uri: database, lease: lease)
      print("\(layout.root.string) is shared; \(count) job\(count == 1 ? "" : "s") at work or waiting.")
    }
  }
}
