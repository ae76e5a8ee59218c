import Glibc
import SystemPackage
import TestSupport
import Testing
import Watching

/// The limit counts also the time for which other suites hold all threads.
@Suite(.timeLimit(.minutes(20))) struct FolderWatchTests {
  @Test func `a slow writer's file is offered once, at its full size`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let path = folder.appending("slow.png")
      let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
      try file.writeAll("half".utf8)
      // A file finished meanwhile proves that the half one was looked at and held back.
      try write("x", to: folder.appending("between.png"))
      #expect(await listener.nextWhole() == folder.appending("between.png"))
      try file.writeAll("half".utf8)
      try file.close()
      guard case .whole(let offered) = await listener.next() else {
        Issue.record("no whole file")
        return
      }
      #expect(offered.path == path)
      #expect(offered.size == 8)
      listener.stop()
    }
  }

  @Test func `a hard link and a rename into the folder are offered`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      try makeFolder(inbox)
      var listener = try await Listener(inbox)
      let outside = folder.appending("outside")
      let linked = inbox.appending("linked.png")
      try write("x", to: outside)
      #expect(outside.withPlatformString { from in linked.withPlatformString { link(from, $0) } } == 0)
      #expect(await listener.nextWhole() == linked)
      try move(outside, to: inbox.appending("moved.png"))
      #expect(await listener.nextWhole() == inbox.appending("moved.png"))
      listener.stop()
    }
  }

  @Test func `files in a nested folder that moves in are offered, also those written to it later`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      for path in [inbox, folder.appending("a"), folder.appending("a").appending("b")] { try makeFolder(path) }
      try write("x", to: folder.appending("a").appending("b").appending("deep.png"))
      var listener = try await Listener(inbox)
      try move(folder.appending("a"), to: inbox.appending("a"))
      let deep = inbox.appending("a").appending("b")
      #expect(await listener.nextWhole() == deep.appending("deep.png"))
      try write("x", to: deep.appending("later.png"))
      #expect(await listener.nextWhole() == deep.appending("later.png"))
      listener.stop()
    }
  }

  @Test func `a folder renamed inside is known by its new name alone`() async throws {
    try await withTemporaryFolder { folder in
      try makeFolder(folder.appending("old"))
      var listener = try await Listener(folder)
      try move(folder.appending("old"), to: folder.appending("new"))
      try write("x", to: folder.appending("new").appending("a.png"))
      #expect(await listener.nextWhole() == folder.appending("new").appending("a.png"))
      listener.stop()
    }
  }

  @Test func `a folder moved out is forgotten`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      try makeFolder(inbox)
      try makeFolder(inbox.appending("a"))
      var listener = try await Listener(inbox)
      try move(inbox.appending("a"), to: folder.appending("a"))
      try write("x", to: folder.appending("a").appending("outside.png"))
      try write("x", to: inbox.appending("inside.png"))
      #expect(await listener.nextWhole() == inbox.appending("inside.png"))
      listener.stop()
    }
  }

  @Test func `links and named pipes are told apart and never opened`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let pipe = folder.appending("pipe.png")
      #expect(pipe.withPlatformString { mkfifo($0, 0o600) } == 0)
      #expect(await listener.next() == .notAFile(pipe, kind: "a named pipe"))
      let link = folder.appending("link.png")
      #expect(link.withPlatformString { symlink("first.png", $0) } == 0)
      #expect(await listener.next() == .notAFile(link, kind: "a symbolic link"))
      listener.stop()
    }
  }

  @Test(arguments: [
    [0xFF, 0xFE], Array("new\nline".utf8), Array("-rf".utf8), Array("🎨.png".utf8), Array(" a ".utf8),
    [UInt8](repeating: UInt8(ascii: "x"), count: 255),
  ])
  func `a name is its bytes`(_ bytes: [UInt8]) async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let path = folder.appending(try component(bytes))
      try write("x", to: path)
      #expect(await listener.nextWhole() == path)
      listener.stop()
    }
  }

  @Test func `composed and decomposed letters name two files`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let twins = [folder.appending("\u{E9}.png"), folder.appending("e\u{301}.png")]
      for path in twins { try write("x", to: path) }
      let offered = [await listener.nextWhole(), await listener.nextWhole()]
      #expect(Set(offered) == Set(twins))
      listener.stop()
    }
  }

  @Test func `a storm of 5,000 files reaches a slow reader without a loss`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let paths = Set((0..<5000).map { folder.appending("\($0).png") })
      for path in paths { try write("x", to: path) }
      var offered: Set<FilePath> = []
      while offered.count < paths.count, let path = await listener.nextWhole() { offered.insert(path) }
      #expect(offered == paths)
      listener.stop()
    }
  }

  @Test func `a root that is removed pauses the watch until it is back`() async throws {
    try await withTemporaryFolder { folder in
      let inbox = folder.appending("in")
      try makeFolder(inbox)
      var listener = try await Listener(inbox)
      remove(inbox)
      guard case .paused = await listener.next() else {
        Issue.record("not paused")
        return
      }
      try makeFolder(inbox)
      #expect(await listener.next() == .resumed)
      for name in ["a.png", "b.png"] {
        try write("x", to: inbox.appending(name))
        #expect(await listener.nextWhole() == inbox.appending(name))
      }
      listener.stop()
    }
  }

  @Test func `a file that was not usable is offered again when it has changed`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      let path = folder.appending("cut.png")
      for _ in 1...2 {
        try write("x", to: path)
        #expect(await listener.nextWhole() == path)
        listener.notYet(path)
      }
      listener.stop()
    }
  }

  @Test func `a change of mode offers nothing`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      #expect(folder.appending("first.png").withPlatformString { chmod($0, 0o600) } == 0)
      try write("x", to: folder.appending("second.png"))
      #expect(await listener.nextWhole() == folder.appending("second.png"))
      listener.stop()
    }
  }

  @Test func `a download is left alone until it gets its real name`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      try write("x", to: folder.appending("a.png.part"))
      try write("x", to: folder.appending(".b.png"))
      try move(folder.appending("a.png.part"), to: folder.appending("a.png"))
      #expect(await listener.nextWhole() == folder.appending("a.png"))
      listener.stop()
    }
  }

  @Test func `stopping ends the stream`() async throws {
    try await withTemporaryFolder { folder in
      var listener = try await Listener(folder)
      listener.stop()
      #expect(await listener.next() == nil)
    }
  }
}
