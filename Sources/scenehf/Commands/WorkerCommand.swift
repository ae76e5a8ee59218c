import ArgumentParser
import Blocking
import Model
import Running
import Serving
import Storage
import SystemPackage

/// `scenehf worker`: one more machine that works on the jobs of a shared root.
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Work on the jobs of a root that several machines share, until stopped.",
    discussion: """
      Takes no pictures in from the inbox: "scenehf watch" does that on one machine. Any number of workers, on any machines
      that have the root under STORAGE_ROOT and reach the database in DATABASE_URL, take the jobs one by one. A worker that
      dies or is cut off gives its jobs back after the lease; one that only slept cannot write any more.

      Keys and settings are each machine's own: a worker takes a job only where it has what comes next, the named service
      or the engine's weights, and gives it back where it lacks what comes then.

      EXAMPLES
        export DATABASE_URL=postgresql://scenehf@db.studio/scenehf STORAGE_ROOT=/mnt/studio
        scenehf database              once, and after each update of SceneHF
        scenehf watch --intake-only   on the machine that takes pictures in
        scenehf worker                on each machine that works
        scenehf worker --http 127.0.0.1:8765   with the page and the API, as on the machine that watches

      SIGNALS
        SIGTERM, SIGINT   finish the write in hand, give the jobs back and stop
        SIGHUP            read the configuration file and the keys again; with a mistake in them the earlier settings
                          hold, and the log says why

      EXIT STATUS
        0   stopped as asked      1   it could not begin: no database, or the root is away
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var serving: FaceOptions

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
    let hangUps = HangUps()
    let studio = try orExplain {
      try Studio.join(
        settings, presets: options.presets(), display: display, database: database, hears: serving.http != nil)
    }
    let face = serving.face(of: studio, display: display)
    display.note("Working on \(studio.store.layout.root.string)")
    Notify.send("READY=1")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await studio.runner.run() }
      group.addTask { try await studio.workshop.disk.run { studio.runner.wake() } }
      group.addTask { await stopping.wait() }
      group.addTask { for await _ in hangUps.requests { await reload(studio, display) } }
      if let face { group.addTask { try await face.run() } }
      try await group.next()
      group.cancelAll()
    }
    await studio.pool.run { studio.store.leave() }
  }

  private func reload(_ studio: Studio, _ display: Display) async {
    Notify.reloading()
    defer { Notify.send("READY=1") }
    let outcome = studio.reload(watches: false) { try Settings(try options.layers()) }
    display.note(outcome.sentence, outcome.isTaken ? .info : .error)
    studio.runner.wake()
  }
}
