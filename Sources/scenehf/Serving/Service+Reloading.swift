import Blocking
import Glibc
import Model
import Running
import Storage

/// New settings for the running service.
extension Service {
  /// Takes the settings that `read` gives; with a mistake in them the earlier ones hold, and why is said in the log, to
  /// systemd and in `scenehf status`. Jobs at work end with the settings they began with.
  func reload(_ read: () throws -> Settings) async {
    Notify.reloading()
    defer { Notify.send("READY=1") }
    let outcome = studio.reload(watches: true, read)
    let refusal = outcome.isTaken ? nil : outcome.sentence
    tally.say(refusal)
    let (layout, presets) = (studio.store.layout, studio.workshop.presets)
    do {
      let complaints = try await studio.pool.run {
        try layout.note(refusal: refusal)
        return InboxFolders.make(presets, in: layout.inbox)
      }
      for sentence in complaints { display.note(sentence, .warning) }
    } catch {
      await note(error, about: "The settings")
    }
    // Last, so that what is said is so: folders and "scenehf status" know of it.
    display.note(outcome.sentence, outcome.isTaken ? .info : .error)
    studio.runner.wake()
  }
}
