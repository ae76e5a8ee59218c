import Dispatch
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Watching

/// Whether this process may mount file systems.
private let mayMount: Bool = {
  var template = Array("/tmp/scenehf-mount-XXXXXX".utf8CString)
  guard geteuid() == 0, mkdtemp(&template) != nil else { return false }
  defer { rmdir(template) }
  guard mount("none", template, "tmpfs", 0, "size=1m") == 0 else { return false }
  umount(template)
  return true
}()

/// The kernel's fs.inotify.max_queued_events.
private func queueLimit() throws -> Int? {
  let file = try FileDescriptor.open("/proc/sys/fs/inotify/max_queued_events", .readOnly)
  defer { try? file.close() }
  var bytes = [UInt8](repeating: 0, count: 32)
  let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
  return Int(String(decoding: bytes[..<count].filter { $0 != 10 }, as: UTF8.self))
}

private func mountTmpfs(_ path: FilePath) throws {
  guard path.withPlatformString({ mount("none", $0, "tmpfs", 0, "size=1m") }) == 0 else {
    throw Errno(rawValue: errno)
  }
}

private func unmount(_ path: FilePath) { _ = path.withPlatformString { umount2($0, 2) } }

@Suite(.timeLimit(.minutes(20))) struct TroubleTests {
  @Test func `when the kernel's queue overflows, the folder is read again and nothing is lost`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      // The thread that would read the events stands still while the queue is filled with renames; the events of
      // the files that come then are lost.
      let limit = try #require(try queueLimit())
      let (stands, goOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      try WatchThread.shared().post { _ in
        stands.signal()
        goOn.wait()
      }
      await withCheckedContinuation { done in
        DispatchQueue.global().async {
          stands.wait()
          done.resume()
        }
      }
      let names = [folder.appending(".one"), folder.appending(".other")]
      try write("x", to: names[0])
      for number in 0..<limit / 2 + 10 { try move(names[number % 2], to: names[(number + 1) % 2]) }
      let paths = Set((0..<20).map { folder.appending("\($0).png") })
      for path in paths { try write("x", to: path) }
      goOn.signal()
      var offered: Set<FilePath> = []
      while offered.count < paths.count, let path = await listener.nextWhole() {
        #expect(offered.insert(path).inserted)
      }
      #expect(offered == paths)
      listener.stop()
    }
  }

  @Test func `an empty file is told once its patience is over`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder, WatchOptions(patience: 0.2))
      try write("", to: folder.appending("empty.png"))
      guard case .empty(let file) = await listener.next() else {
        Issue.record("not told")
        return
      }
      #expect(file.path == folder.appending("empty.png"))
      #expect(file.unchangedFor >= 0.2)
      listener.stop()
    }
  }

  @Test func `a file that stays unusable comes again when its patience is over`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder, WatchOptions(patience: 0.2))
      let path = folder.appending("cut.png")
      try write("x", to: path)
      #expect(await listener.nextWhole() == path)
      listener.notYet(path)
      guard case .whole(let again) = await listener.next() else {
        Issue.record("not offered again")
        return
      }
      #expect(again.path == path)
      #expect(again.unchangedFor >= 0.2)
      listener.stop()
    }
  }

  @Test func `a caller that lost what it was offered gets it again`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      listener.lookAgain()
      #expect(await listener.nextWhole() == folder.appending("first.png"))
      listener.stop()
    }
  }

  @Test func `a folder that does not exist yet is waited for`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      let watch = try FolderWatch(inbox)
      var events = watch.events.makeAsyncIterator()
      #expect(await events.next(isolation: #isolation) == .paused("\(inbox.string) is missing; waiting for the disk."))
      try makeFolder(inbox)
      #expect(await events.next(isolation: #isolation) == .resumed)
      watch.stop()
    }
  }

  @Test func `a folder that is renamed away and made again is watched anew`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      try makeFolder(inbox)
      var listener = try await Listener(inbox)
      try move(inbox, to: folder.appending("old"))
      try makeFolder(inbox)
      try write("x", to: inbox.appending("a.png"))
      var seen: [WatchEvent] = []
      while let event = await listener.next() {
        seen.append(event)
        if case .whole(let file) = event, file.path == inbox.appending("a.png") { break }
      }
      try write("x", to: folder.appending("old/b.png"))
      try write("x", to: inbox.appending("c.png"))
      #expect(await listener.nextWhole() == inbox.appending("c.png"))
      listener.stop()
    }
  }

  @Test(.enabled(if: mayMount, "needs the right to mount"))
  func `an unmounted folder pauses the watch, and what lies there after a new mount is offered`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      try makeFolder(inbox)
      try mountTmpfs(inbox)
      defer { unmount(inbox) }
      var listener = try await Listener(inbox)
      unmount(inbox)
      #expect(await listener.next() == .paused("\(inbox.string) was unmounted; waiting for the disk."))
      let elsewhere = folder.appending("elsewhere")
      try makeFolder(elsewhere)
      try mountTmpfs(elsewhere)
      defer { unmount(elsewhere) }
      try write("x", to: elsewhere.appending("a.png"))
      let bound = elsewhere.withPlatformString { from in inbox.withPlatformString { mount(from, $0, nil, 4096, nil) } }
      #expect(bound == 0)
      var events = [await listener.next(), await listener.next()]
      events.removeAll { $0 == .resumed }
      guard case .whole(let file) = events.first ?? nil else {
        Issue.record("not offered: \(events)")
        return
      }
      #expect(file.path == inbox.appending("a.png"))
      listener.stop()
    }
  }

  @Test(.enabled(if: mayMount, "needs the right to mount"))
  func `an overlay is recognised, and what is put in below it is found by polling`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["disk", "in"] { try makeFolder(folder.appending(name)) }
      let disk = folder.appending("disk")
      try mountTmpfs(disk)
      defer { unmount(disk) }
      for name in ["lower", "upper", "work"] { try makeFolder(disk.appending(name)) }
      let inbox = folder.appending("in")
      let options = "lowerdir=\(disk)/lower,upperdir=\(disk)/upper,workdir=\(disk)/work"
      guard inbox.withPlatformString({ mount("none", $0, "overlay", 0, options) }) == 0 else { return }
      defer { unmount(inbox) }
      let watch = try FolderWatch(inbox)
      var events = watch.events.makeAsyncIterator()
      guard case .polling(let sentence) = await events.next(isolation: #isolation) else {
        Issue.record("not told")
        return
      }
      #expect(sentence.contains("overlay"))
      try write("x", to: disk.appending("upper/a.png"))
      guard case .whole(let file) = await events.next(isolation: #isolation) else {
        Issue.record("not offered")
        return
      }
      #expect(file.path == inbox.appending("a.png"))
      watch.stop()
    }
  }
}

@Suite struct HearingTests {
  @Test func `a place where our own file brings no event is deaf`() async throws {
    try await withTemporaryFolder { folder in
      var hearing = Hearing()
      hearing.test(folder, now: 0)
      #expect(!hearing.isDeaf)
      #expect(hearing.verdict(now: hearing.due - 0.1, folder) == nil)
      #expect(hearing.verdict(now: hearing.due, folder)?.contains("brings no events") == true)
      #expect(hearing.isDeaf)
      #expect(hearing.recognise(folder) == nil)
      #expect(hearing.isDeaf)
    }
  }

  @Test func `used up watches are named with the setting to raise, once`() {
    var hearing = Hearing()
    #expect(hearing.cannotWatch("/in", .noSuchFileOrDirectory) == nil)
    #expect(!hearing.isDeaf)
    let sentence = hearing.cannotWatch("/in", .noSpace)
    #expect(sentence?.contains("fs.inotify.max_user_watches") == true)
    #expect(sentence?.contains("read every few seconds") == true)
    #expect(hearing.cannotWatch("/in", .noSpace) == nil)
    #expect(hearing.isDeaf)
  }

  @Test func `watches that are free again end the polling`() async throws {
    try await withTemporaryFolder { folder in
      var hearing = Hearing()
      _ = hearing.cannotWatch(folder, .noSpace)
      #expect(hearing.recognise(folder) == nil)
      #expect(!hearing.isDeaf)
    }
  }
}
