import Blocking
import CInotifyTools
import CLinux
import Dispatch
import Glibc
import SystemPackage

/// The one thread that owns libinotifytools, and with it the state of every folder watch of the process.
///
/// The library keeps everything in globals and serves stale events after a reopen, so it is opened once, here,
/// and never closed. Others reach the thread only by posting closures.
final class WatchThread: @unchecked Sendable {
  // Unchecked: `folders`, `owners` and `nextID` are touched on the thread alone; the rest is immutable or locked.
  var folders: [Int: FolderState] = [:]
  /// Which folder of which watch a watch descriptor stands for.
  private var owners: [Int32: (watch: Int, folder: FilePath)] = [:]
  private let inotify: Int32
  private let wakeUp: Int32
  private let posted = Locked<[@Sendable (WatchThread) -> Void]>([])
  private let nextID = Locked(0)

  private static let instance = Locked<Result<WatchThread, WatchingError>?>(nil)

  /// The process's thread, started at the first call.
  static func shared() throws(WatchingError) -> WatchThread {
    try instance.withLock { (instance) in
      if let instance { return instance }
      let started = Result { () throws(WatchingError) in try WatchThread() }
      instance = started
      return started
    }.get()
  }

  private init() throws(WatchingError) {
    // A lease that is broken by a writer would kill the process by SIGIO.
    signal(SIGIO, SIG_IGN)
    let inotify = cinotify_open()
    guard inotify >= 0 else { throw .cannotOpen(Errno(rawValue: -inotify)) }
    let wakeUp = clinux_eventfd()
    guard wakeUp >= 0 else { throw .cannotOpen(Errno(rawValue: -wakeUp)) }
    (self.inotify, self.wakeUp) = (inotify, wakeUp)
    DispatchQueue(label: "scenehf.watch").async { self.run() }
  }

  /// Monotonic seconds.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  var now: Double { Self.now }

  /// Runs `work` on the thread, soon.
  func post(_ work: @escaping @Sendable (WatchThread) -> Void) {
    posted.withLock { $0.append(work) }
    var one: UInt64 = 1
    write(wakeUp, &one, 8)
  }

  /// Starts a watch and returns its number.
  func add(_ make: @escaping @Sendable () -> FolderState) -> Int {
    let id = nextID.withLock { number in
      number += 1
      return number
    }
    post { thread in
      thread.folders[id] = make()
    }
    return id
  }

  func remove(_ id: Int) {
    folders[id]?.finish()
    folders[id] = nil
    for (descriptor, owner) in owners where owner.watch == id { unwatch(descriptor) }
  }

  private func run() {
    var hasMore = false
    while true {
      let due = folders.values.map(\.nextDue).min() ?? .infinity
      let wait = due == .infinity ? -1 : Int32(max(0, min(due - now, 3600)) * 1000 + 1)
      let ready = max(0, cinotify_wait(inotify, wakeUp, hasMore ? 0 : wait))
      if ready & 2 != 0 { cinotify_drain(wakeUp) }
      for work in posted.withLock({ posted in
        defer { posted = [] }
        return posted
      }) { work(self) }
      // Asked in every round, also when the descriptor told nothing: the work above may have taken its time.
      hasMore = takeEvents()
      for (id, folder) in folders where folder.nextDue <= now {
        folder.work(now: now, caughtUp: !hasMore, watcher(of: id))
      }
    }
  }

  /// More events than this wait for the next round, so that a storm does not hold up everything else.
  private static let mostEvents = 8192

  /// What has happened. True if there may be more: the library has read it already, so no descriptor tells.
  private func takeEvents() -> Bool {
    var event = cinotify_event()
    for _ in 0..<Self.mostEvents {
      guard cinotify_next(&event) == 1 else { return false }
      if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
        for folder in folders.values { folder.lostEvents() }
        continue
      }
      guard let owner = owners[event.wd], let folder = folders[owner.watch] else {
        // A descriptor that is not in the table (the library named an old one): the folders are read again.
        if event.mask & UInt32(IN_IGNORED) == 0 { for folder in folders.values { folder.lookAgain() } }
        continue
      }
      let name = withUnsafePointer(to: &event.name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath(platformString: $0) }
      }
      take(event.mask, name.lastComponent, in: owner.folder, descriptor: event.wd, folder)
    }
    return true
  }

  private func take(
    _ mask: UInt32, _ name: FilePath.Component?, in parent: FilePath, descriptor: Int32, _ folder: FolderState
  ) {
    let isFolder = mask & UInt32(IN_ISDIR) != 0
    if mask & UInt32(IN_IGNORED) != 0 {
      owners[descriptor] = nil
    } else if mask & UInt32(IN_UNMOUNT) != 0 {
      if parent == folder.root { folder.wasUnmounted() } else { folder.lookAgain() }
    } else if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF) != 0 || name == nil {
      // What was moved is another folder from now on; the next scan watches what lies at the path.
      if mask & UInt32(IN_MOVE_SELF) != 0 { unwatch(descriptor) }
      folder.lookAgain()
    } else if let name, isFolder {
      if mask & UInt32(IN_MOVED_FROM) != 0 { forget(below: parent.appending(name)) }
      folder.lookAgain()
    } else if let name {
      folder.look(at: parent.appending(name), now: now)
    }
  }

  /// A moved folder keeps its descriptor and its old path: the watches below it end, a scan makes new ones.
  private func forget(below path: FilePath) {
    for (descriptor, owner) in owners where owner.folder.starts(with: path) { unwatch(descriptor) }
  }

  private func unwatch(_ descriptor: Int32) {
    owners[descriptor] = nil
    cinotify_unwatch(descriptor)
  }

  /// Watches a folder for a watch; nil on success, else why not.
  private func watcher(of id: Int) -> (FilePath) -> Errno? {
    { path in
      let descriptor = path.withPlatformString { cinotify_watch($0) }
      if descriptor < 0 { return Errno(rawValue: -descriptor) }
      self.owners[descriptor] = (id, path)
      return nil
    }
  }
}
