import ArgumentParser
import Blocking
import Model
import Running
import Storage
import SystemPackage

/// `scenehf worker`: one more machine that works on the jobs of a shared root.
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Work on the jobs of a root that several machines share, until stopped.",
    discussion: """
      Takes no pictures in and answers nobody: "scenehf watch" does that on one machine. Any number of workers, on any
      machines that have the root under STORAGE_ROOT and reach the database in DATABASE_URL, take the jobs one by one. A
      worker that dies or is cut off gives its jobs back after the lease; one that only slept cannot write any more.

      Keys and settings are each machine's own: a worker takes only jobs for which it has the named services.

      EXAMPLES
        export DATABASE_URL=postgresql://scenehf@db.studio/scenehf STORAGE_ROOT=/mnt/studio
        scenehf database              once, and after each update of SceneHF
        scenehf watch --intake-only   on the machine that takes pictures in
        scenehf worker                on each machine that works

      SIGNALS
        SIGTERM, SIGINT   finish the write in hand, give the jobs back and stop

      EXIT STATUS
        0   stopped as asked      1   it could not begin: no database, or the root is away
      """)

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let settings = try options.settings()
    guard let database = try orExplain({ try Keyring().database() }) else {
      throw ValidationError("Set DATABASE_URL to the database that the machines share.")
    }
    let display = Display()
    let stopping = Stopping {
      Notify.send("STOPPING=1")
      display.note("Stopping.")
    }
    let studio = try orExplain {
      try Studio.join(settings, presets: options.presets(), display: display, database: database)
    }
    display.note("Working on \(studio.store.layout.root.string)")
    Notify.send("READY=1")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await studio.runner.run() }
      group.addTask { try await studio.workshop.disk.run { studio.runner.wake() } }
      group.addTask { await stopping.wait() }
      try await group.next()
      group.cancelAll()
    }
    await studio.pool.run { studio.store.leave() }
  }
}
