import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A name as people and programs give it, and what the picture's folder is called then, without the job's id.
private struct Named: Sendable {
  let bytes: [UInt8]
  let face: String

  init(_ name: String, _ face: String) { (bytes, self.face) = (Array(name.utf8), face) }
  init(bytes: [UInt8], _ face: String) { (self.bytes, self.face) = (bytes, face) }

  static let all = [
    Named("line\nbreak.png", "line_break"), Named("tab\there.png", "tab_here"), Named("bell\u{7}.png", "bell_"),
    Named("-rf.png", "-rf"), Named("--help.png", "--help"), Named("-", "-"),
    Named("\(String(repeating: "x", count: 251)).png", String(repeating: "x", count: 245)),
    // 255 bytes whose cut must not fall into the middle of a letter.
    Named("\(String(repeating: "é", count: 125))a.png", String(repeating: "é", count: 122)),
    Named("\(String(repeating: "😀", count: 62)).png", String(repeating: "😀", count: 61)),
    Named("a..b.png", "a..b"), Named("a/../b".replacing("/", with: "\\") + ".png", "a\\..\\b"),
    Named("😀👨‍👩‍👧🏳️‍🌈.png", "😀👨‍👩‍👧🏳️‍🌈"),
    // Two names that are equal as Swift strings and on a Mac.
    Named("twin \u{E9}.png", "twin \u{E9}"), Named("twin e\u{301}.png", "twin e\u{301}"),
    Named(bytes: [0x63, 0x61, 0x66, 0xE9] + Array(".png".utf8), "caf_"),
    Named(bytes: [0xFF, 0xFE, 0xC3] + Array(".png".utf8), "___"),
    // An overlong slash and a lone surrogate are no UTF-8.
    Named(bytes: [0xC0, 0xAF] + Array(".png".utf8), "__"),
    Named(bytes: [0xED, 0xA0, 0x80] + Array(".png".utf8), "___"),
    Named("10:30.png", "10:30"), Named("C:\\scene.png", "C:\\scene"), Named("trailing dot.png.", "trailing dot.png"),
    Named("trailing space .png ", "trailing space "), Named(" leading.png", " leading"),
    Named("no suffix", "no suffix"),
    Named("\u{202E}gnp.exe.png", "_gnp.exe"), Named("\u{200F}right.png", "_right"), Named("UPPER.PNG", "UPPER"),
    Named("$(touch planted).png", "$(touch planted)"), Named("`id`;|&<>.png", "`id`;|&<>"),
    Named("100%s%n.png", "100%s%n"), Named("what?*[a].png", "what?*[a]"), Named("'\".png", "'\""),
    Named("CON.png", "CON"), Named("street--deadbeef.png", "street--deadbeef"), Named("source.png", "source"),
    Named("job.json", "job"), Named("reason.txt", "reason"), Named("wrong.jpg", "wrong"),
    Named("ΑΒΓ 北京 שלום.png", "ΑΒΓ 北京 שלום"),
  ]
}

@Suite(.timeLimit(.minutes(20))) struct NameTests {
  @Test func `a picture of any name is done under that name, its bytes as they were`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        var pictures: [[UInt8]] = []
        for (number, named) in Named.all.enumerated() {
          let colour = [UInt8(40 + number * 4), 60, 200 - UInt8(number * 3)]
          pictures.append(try plainPicture(width: 48, height: 36, colour: colour))
          try drop(pictures[number], named.bytes, program)
        }
        let done = program.root.appending("done")
        try await eventually("all are done", within: 900) { visibleNames(in: done).count == Named.all.count }
        let status = try await program.settled(jobs: Named.all.count)
        #expect(status.done == Named.all.count && status.rejected == 0)
        let faces = visibleNames(in: done)
        for (picture, named) in zip(pictures, Named.all) {
          let mine = try faces.filter { try source(in: done.appending($0)) == picture }
          #expect(mine.count == 1, "\(named.face)")
          let face = mine.first?.string ?? ""
          #expect(Array(face.utf8.dropLast(10)) == Array(named.face.utf8))
          #expect(face.utf8.count <= 255)
        }
        #expect(!exists(program.root.appending("planted")) && !exists(program.folder.appending("planted")))
      }
    }
  }

  @Test func `what is no picture lies in rejected under its own name, byte for byte`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        for (number, named) in Named.all.enumerated() {
          try drop(Array("no picture \(number)".utf8), named.bytes, program)
        }
        try await eventually("all are rejected") { try await program.status().rejected == Named.all.count }
        let rejected = program.root.appending("rejected")
        var found: [String: [UInt8]] = [:]
        for face in visibleNames(in: rejected) {
          let folder = rejected.appending(face)
          #expect(names(in: folder).count == 2)
          for name in names(in: folder) {
            found[try read(folder.appending(name))] = name.withPlatformString { pointer in
              UnsafeBufferPointer(start: pointer, count: strlen(pointer)).map { UInt8(bitPattern: $0) }
            }
          }
        }
        for (number, named) in Named.all.enumerated() {
          // The place of the reason is taken.
          let isReason = named.bytes == Array("reason.txt".utf8)
          #expect(found["no picture \(number)"] == (isReason ? Array("dropped-reason.txt".utf8) : named.bytes))
        }
      }
    }
  }

  @Test func `what is no plain file is put aside unopened, and nothing outside is touched`() async throws {
    try await withProgram { program in
      let outside = program.folder.appending("outside.png")
      let whole = try plainPicture()
      try write(whole, to: outside)
      try await program.whileWatching {
        let inbox = program.inbox
        for (name, target) in [
          ("link out.png", outside.string), ("link to proc.png", "/proc/self/environ"), ("link nowhere.png", "nowhere"),
          ("link to itself.png", "link to itself.png"), ("link to root.png", "/"),
        ] {
          #expect(inbox.appending(name).withPlatformString { symlink(target, $0) } == 0)
        }
        #expect(inbox.appending("pipe.png").withPlatformString { mkfifo($0, 0o600) } == 0)
        try makeSocket(inbox.appending("socket.png"))
        let huge = try FileDescriptor.open(
          inbox.appending("sparse.png"), .writeOnly, options: [.create], permissions: .ownerReadWrite)
        #expect(ftruncate(huge.rawValue, 1 << 40) == 0)
        try huge.close()
        var expected = 8
        // Only root may make a device: /dev/zero, which never ends.
        if inbox.appending("device.png").withPlatformString({ mknod($0, S_IFCHR | 0o600, dev_t(1 << 8 | 5)) }) == 0 {
          expected += 1
        }
        try await eventually("all are put aside") { try await program.status().rejected == expected }
        let reasons = try program.rejections()
        #expect(reasons.filter { $0.value.contains("a symbolic link") }.count == 5)
        #expect(reasons["pipe.png"]?.contains("a named pipe") == true)
        #expect(reasons["socket.png"]?.contains("a socket") == true)
        #expect(reasons["sparse.png"]?.contains("max_file_mb") == true)
        #expect(try readBytes(outside) == whole)
      }
    }
  }

  @Test func `a folder named like a picture holds pictures, and a second name of a file stays its owner's`()
    async throws
  {
    try await withProgram { program in
      try await program.whileWatching {
        let folder = program.folder.appending("holiday.png")
        try makeFolder(folder)
        try write(try plainPicture(), to: folder.appending("beach.png"))
        try move(folder, to: program.inbox.appending("holiday.png"))
        let mine = program.folder.appending("mine.png")
        let bytes = try plainPicture(colour: [10, 200, 30])
        try write(bytes, to: mine)
        let second = program.inbox.appending("second name.png")
        #expect(mine.withPlatformString { from in second.withPlatformString { link(from, $0) } } == 0)
        let jobs = try await program.settled(jobs: 2).jobs
        #expect(Set(jobs.map(\.name)) == ["beach.png", "second name.png"])
        // Its owner paints over it.
        try write("painted over", to: mine)
        let job = try #require(jobs.first { $0.name == "second name.png" })
        #expect(try source(in: program.root.appending("done").appending(job.face)) == bytes)
      }
    }
  }

  private func drop(_ content: [UInt8], _ name: [UInt8], _ program: Program) throws {
    let beside = program.folder.appending("beside")
    try write(content, to: beside)
    try move(beside, to: program.inbox.appending(try component(name)))
  }

  private func source(in face: FilePath) throws -> [UInt8]? {
    try names(in: face).first { $0.string == "source.png" }.map { try readBytes(face.appending($0)) }
  }

  private func makeSocket(_ path: FilePath) throws {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    // A path in sun_path is short: bound by a short name in the root, then moved to where it is wanted.
    let short = FilePath("/tmp/scenehf-\(getpid()).socket")
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.string.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Errno(rawValue: errno) }
    defer { remove(short) }
    try move(short, to: path)
  }
}
