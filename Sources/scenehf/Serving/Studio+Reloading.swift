import Glibc
import Model
import Running
import Storage

/// New settings for a running process.
extension Studio {
  /// What became of the wish for new settings.
  struct Reloading {
    /// For the log.
    var sentence: String
    /// False where the earlier settings hold.
    var isTaken: Bool
  }

  /// Takes the settings that `read` gives, and the keys as they are now; with a mistake in them the earlier ones hold.
  /// Jobs at work end with the settings they began with. `watches` is whether this process takes pictures in.
  func reload(watches: Bool, _ read: () throws -> Settings) -> Reloading {
    do {
      var settings = try read()
      let waiting = settings.keepWhatIsFixed(of: self.settings, watches: watches)
      try reload(settings)
      store.offer(offers)
      return Reloading(sentence: "The settings were read again.\(Self.sentence(about: waiting))", isTaken: true)
    } catch {
      return Reloading(
        sentence: "The settings were not taken; the earlier ones hold. \(error)", isTaken: false)
    }
  }

  private static func sentence(about waiting: [SettingKey]) -> String {
    guard !waiting.isEmpty else { return "" }
    let names = waiting.map(\.rawValue).joined(separator: ", ")
    return " \(names) cannot change while the service runs: restart it for \(waiting.count == 1 ? "that" : "those")."
  }
}

extension Settings {
  /// Takes from the settings in force what watches and locks were made with; the keys that would have changed.
  fileprivate mutating func keepWhatIsFixed(of old: Settings, watches: Bool) -> [SettingKey] {
    var keys: [SettingKey] = []
    keep(\.storageRoot, of: old, .storageRoot, &keys)
    guard watches else { return keys }
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
