import Glibc
import SystemPackage
import TestSupport
import Testing
import Watching

/// One way in which programs bring a file into a folder. `make` leaves `content` at `path`; `outside` is a
/// folder on the same file system that is not watched.
struct Way: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var make: @Sendable (_ path: FilePath, _ outside: FilePath) throws -> Void

  static let content = "the picture"

  static let all = [
    Way(testDescription: "cp") { path, _ in try write(content, to: path) },
    Way(testDescription: "cp -p") { path, _ in
      try write(content, to: path)
      var old = [timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000, tv_nsec: 0)]
      #expect(path.withPlatformString { utimensat(AT_FDCWD, $0, &old, 0) } == 0)
    },
    Way(testDescription: "gio copy: attributes after the close") { path, _ in
      try write(content, to: path)
      for mode in [0o600, 0o644] as [mode_t] { #expect(path.withPlatformString { chmod($0, mode) } == 0) }
    },
    Way(testDescription: "mv") { path, outside in
      try write(content, to: outside.appending("x"))
      try move(outside.appending("x"), to: path)
    },
    Way(testDescription: "hard link") { path, outside in
      try write(content, to: outside.appending("x"))
      let result = outside.appending("x").withPlatformString { from in path.withPlatformString { link(from, $0) } }
      #expect(result == 0)
    },
    Way(testDescription: "temporary with an odd name, then rename") { path, _ in
      let temporary = path.removingLastComponent().appending("sedFKnVGS")
      try write(content, to: temporary)
      try move(temporary, to: path)
    },
    Way(testDescription: "browser: .part, then rename") { path, _ in
      let temporary = FilePath(path.string + ".part")
      try write(content, to: temporary)
      try move(temporary, to: path)
    },
    Way(testDescription: "rename while the writer is still open") { path, _ in
      let temporary = path.removingLastComponent().appending(".dat.nosync5E47.HkKFZz")
      let file = try FileDescriptor.open(temporary, .writeOnly, options: .create, permissions: .ownerReadWrite)
      try file.writeAll(content.utf8)
      try move(temporary, to: path)
      try file.close()
    },
    Way(testDescription: "two opens in a row") { path, _ in
      try write("", to: path)
      for piece in [content.prefix(4), content.dropFirst(4)] { try append(String(piece), to: path) }
    },
    Way(testDescription: "O_TMPFILE and linkat") { path, _ in
      let unnamed = 0o20_200_000 as Int32
      let folder = path.removingLastComponent()
      let file = folder.withPlatformString { open($0, O_WRONLY | unnamed | O_CLOEXEC, 0o600) }
      #expect(file >= 0)
      #expect(write(file, content, content.utf8.count) == content.utf8.count)
      let result = path.withPlatformString {
        linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, $0, AT_SYMLINK_FOLLOW)
      }
      #expect(result == 0)
      close(file)
    },
    Way(testDescription: "written through a map after the close") { path, _ in
      let file = path.withPlatformString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
      #expect(ftruncate(file, content.utf8.count) == 0)
      let map = try #require(mmap(nil, content.utf8.count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
      close(file)
      _ = content.withCString { memcpy(map, $0, content.utf8.count) }
      munmap(map, content.utf8.count)
    },
    Way(testDescription: "rsync: dot file, then rename") { path, _ in
      let temporary = path.removingLastComponent().appending(".a.png.Xy12zQ")
      try write(content, to: temporary)
      try move(temporary, to: path)
    },
  ]
}

@Suite(.timeLimit(.minutes(20))) struct ArrivalTests {
  @Test(arguments: Way.all)
  func `however a file arrives, it is offered whole`(_ way: Way) async throws {
    try await withTemporaryFolder { folder in
      let (inbox, outside) = (folder.appending("in"), folder.appending("out"))
      for path in [inbox, outside] { try makeFolder(path) }
      var listener = try await Listener(inbox)
      let path = inbox.appending("a.png")
      try way.make(path, outside)
      // A file is offered again only if it has changed since: then what was offered before was not whole.
      var offered: WatchedFile?
      while case .whole(let file) = await listener.next() {
        #expect(file.path == path)
        offered = file
        if file.size == Way.content.utf8.count { break }
      }
      #expect(offered?.size == Int64(Way.content.utf8.count))
      // What comes next is the next file: nothing is offered twice.
      try write("x", to: inbox.appending("next.png"))
      #expect(await listener.nextWhole() == inbox.appending("next.png"))
      listener.stop()
    }
  }

  @Test(arguments: Way.all)
  func `what arrived while nobody watched is found at the start, once`(_ way: Way) async throws {
    try await withTemporaryFolder { folder in
      let (inbox, outside) = (folder.appending("in"), folder.appending("out"))
      for path in [inbox, outside, inbox.appending("deep"), inbox.appending("deep/er")] { try makeFolder(path) }
      let path = inbox.appending("deep/er/a.png")
      try way.make(path, outside)
      let watch = try FolderWatch(inbox)
      var events = watch.events.makeAsyncIterator()
      guard case .whole(let file) = await events.next(isolation: #isolation) else {
        Issue.record("not offered")
        return
      }
      #expect(file.path == path)
      try write("x", to: inbox.appending("next.png"))
      guard case .whole(let next) = await events.next(isolation: #isolation) else {
        Issue.record("not offered")
        return
      }
      #expect(next.path == inbox.appending("next.png"))
      watch.stop()
    }
  }

  @Test func `a file that a program keeps mapped for writing waits, though it is closed`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let path = folder.appending("mapped.png")
      let file = path.withPlatformString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
      #expect(ftruncate(file, 4096) == 0)
      let map = try #require(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
      close(file)
      try write("x", to: folder.appending("between.png"))
      #expect(await listener.nextWhole() == folder.appending("between.png"))
      munmap(map, 4096)
      #expect(await listener.nextWhole() == path)
      listener.stop()
    }
  }

  @Test func `a link to a folder is no folder`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      for path in [inbox, folder.appending("elsewhere")] { try makeFolder(path) }
      try write("x", to: folder.appending("elsewhere/secret.png"))
      var listener = try await Listener(inbox)
      let link = inbox.appending("link")
      #expect(link.withPlatformString { symlink("../elsewhere", $0) } == 0)
      #expect(await listener.next() == .notAFile(link, kind: "a symbolic link"))
      try write("x", to: inbox.appending("next.png"))
      #expect(await listener.nextWhole() == inbox.appending("next.png"))
      listener.stop()
    }
  }

  @Test func `a folder of 1,000 files that moves in is 1,000 files`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      for path in [inbox, folder.appending("many")] { try makeFolder(path) }
      for number in 0..<1000 { try write("x", to: folder.appending("many/\(number).png")) }
      var listener = try await Listener(inbox)
      try move(folder.appending("many"), to: inbox.appending("many"))
      var offered: Set<FilePath> = []
      while offered.count < 1000, let path = await listener.nextWhole() {
        #expect(offered.insert(path).inserted)
      }
      listener.stop()
    }
  }

  @Test func `files in 500 folders made while it watches are all offered`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      for number in 0..<500 {
        try makeFolder(folder.appending("\(number)"))
        try write("x", to: folder.appending("\(number)/a.png"))
      }
      var offered: Set<FilePath> = []
      while offered.count < 500, let path = await listener.nextWhole() {
        #expect(offered.insert(path).inserted)
      }
      listener.stop()
    }
  }

  @Test func `files that vanish and are replaced while they are looked at do no harm`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let churn = folder.appending("churn.png")
      for round in 0..<300 {
        try write("\(round)", to: churn)
        if round.isMultiple(of: 3) { remove(churn) }
        if round.isMultiple(of: 7) {
          try write("x", to: folder.appending("other.png"))
          try move(folder.appending("other.png"), to: churn)
        }
      }
      remove(churn)
      try write("x", to: folder.appending("end.png"))
      while let path = await listener.nextWhole(), path != folder.appending("end.png") {}
      listener.stop()
    }
  }
}
