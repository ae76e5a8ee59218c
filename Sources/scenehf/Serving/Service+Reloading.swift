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
    Notify.send("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)")
    defer { Notify.send("READY=1") }
    let refusal: String?
    let (sentence, gravity): (String, Gravity)
    do {
      var settings = try read()
      let waiting = settings.keepWhatIsFixed(of: studio.settings)
      try studio.reload(settings)
      refusal = nil
      (sentence, gravity) = ("The settings were read again.\(Self.sentence(about: waiting))", .info)
    } catch {
      (sentence, gravity) = ("The settings were not taken; the earlier ones hold. \(error)", .error)
      refusal = sentence
    }
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
    display.note(sentence, gravity)
    studio.runner.wake()
  }

  private static func sentence(about waiting: [SettingKey]) -> String {
    guard !waiting.isEmpty else { return "" }
    let names = waiting.map(\.rawValue).joined(separator: ", ")
    return " \(names) cannot change while the service runs: restart it for \(waiting.count == 1 ? "that" : "those")."
  }

  /// As sd_notify(3) wants it with RELOADING=1.
  private static var monotonicMicroseconds: Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
  }
}

extension Settings {
  /// Takes from the settings in force what watches and locks were made with; the keys that would have changed.
  fileprivate mutating func keepWhatIsFixed(of old: Settings) -> [SettingKey] {
    var keys: [SettingKey] = []
    keep(\.storageRoot, of: old, .storageRoot, &keys)
    keep(\.ignore, of: old, .ignore, &keys)
    keep(\.incompleteTimeout, of: old, .incompleteTimeout, &keys)
    keep(\.quietTime, of: old, .quietTime, &keys)
    keep(\.rescanInterval, of: old, .rescanInterval, &keys)
    return keys
  }

  private mutating func keep<Value: Equatable>(
    _ path: WritableKeyPath<Settings, Value>, of old: Settings, _ key: SettingKey, _ changed: inout [SettingKey]
  ) {
    if self[keyPath: path] != old[keyPath: path] { changed.append(key) }
    self[keyPath: path] = old[keyPath: path]
  }
}
