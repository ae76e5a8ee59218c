import ArgumentParser
import Blocking
import FoundationEssentials
import Glibc
import Model
import Running
import Serving
import Storage
import SystemPackage

/// `scenehf watch`: the service in the foreground.
struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Watch the inbox and work on what is dropped, until stopped.",
    discussion: """
      Stays in the foreground. SIGTERM or Ctrl-C stops within two seconds; the next start goes on where this one
      stopped. On a terminal it shows a live line for each job at work, otherwise log lines.

      EXAMPLES
        scenehf watch                                      $STORAGE_ROOT, or ~/Pictures/SceneGen
        scenehf watch --storage-root /srv/studio --config /etc/scenehf.yaml
        scenehf watch --http 127.0.0.1:8765                with the page
        scenehf install                                    as a service of this user, started at every login

      With --http the same jobs are on a page and an API. On loopback, programs of this user need nothing more; beyond
      it, and for other users, every request needs the token in .scenehf/http-token below the storage root.

      SIGNALS
        SIGTERM, SIGINT   finish the write in hand and stop
        SIGHUP            read the configuration file and the keys again ("systemctl --user reload scenehf");
                          with a mistake in them the earlier settings hold, and the log and "scenehf status" say why

      EXIT STATUS
        0   stopped as asked      1   it could not begin: another service watches this root, or its disk is away
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var serving: FaceOptions
  @Flag(help: "Only take pictures in and answer people; \"scenehf worker\" does the work.") var intakeOnly = false

  func run() async throws {
    let settings = try options.settings()
    if intakeOnly, try orExplain({ try Keyring().database() }) == nil {
      throw ValidationError("--intake-only needs workers, and they need DATABASE_URL; \"scenehf help worker\".")
    }
    let display = Display()
    let stopping = Stopping {
      Notify.send("STOPPING=1")
      display.note("Stopping.")
    }
    let hangUps = HangUps()
    let studio = try orExplain {
      try Studio.open(settings, presets: options.presets(), display: display, works: !intakeOnly)
    }
    let service = Service(
      studio: studio, display: display, works: !intakeOnly, face: serving.face(of: studio, display: display))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await service.run {
          display.note("Watching \(studio.store.layout.inbox.string)")
          Notify.send("READY=1")
        }
      }
      group.addTask { await stopping.wait() }
      group.addTask { for await _ in hangUps.requests { await service.reload { try Settings(try options.layers()) } } }
      try await group.next()
      group.cancelAll()
    }
    await studio.pool.run { studio.store.leave() }
  }
}
