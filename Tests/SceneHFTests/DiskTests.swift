import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Whether this process may mount file systems.
private let mayMount: Bool = {
  var template = Array("/tmp/scenehf-mount-XXXXXX".utf8CString)
  guard geteuid() == 0, mkdtemp(&template) != nil else { return false }
  defer { rmdir(template) }
  guard mount("none", template, "tmpfs", 0, "size=1m") == 0 else { return false }
  umount(template)
  return true
}()

/// A small disk below the storage root of a running service, and what happens to disks.
private struct SmallDisk {
  let path: FilePath

  init(_ path: FilePath) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    try change("size=6m", 0)
  }

  func change(_ options: String, _ flags: UInt) throws {
    let result = path.withPlatformString { Glibc.mount("none", $0, "tmpfs", flags, options) }
    guard result == 0 else { throw Errno(rawValue: errno) }
  }

  /// Fills it but for what a few small files need.
  func fill() throws {
    let ballast = try FileDescriptor.open(
      path.appending("ballast"), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    defer { try? ballast.close() }
    var written = 0
    while (try? ballast.writeAll([UInt8](repeating: 1, count: 4096))) != nil { written += 4096 }
    guard ftruncate(ballast.rawValue, max(0, written / 4096 * 4096 - 64 << 10)) == 0 else {
      throw Errno(rawValue: errno)
    }
  }

  func empty() throws { try FileManager.default.removeItem(atPath: path.appending("ballast").string) }

  func moveAway(to place: FilePath) throws { try mount(path, on: place, UInt(MS_MOVE)) }
  func moveBack(from place: FilePath) throws { try mount(place, on: path, UInt(MS_MOVE)) }
  func bind(to place: FilePath) throws { try mount(path, on: place, UInt(MS_BIND)) }

  private func mount(_ from: FilePath, on to: FilePath, _ flags: UInt) throws {
    let result = from.withPlatformString { from in to.withPlatformString { Glibc.mount(from, $0, nil, flags, nil) } }
    guard result == 0 else { throw Errno(rawValue: errno) }
  }
}

private func detach(_ path: FilePath) { _ = path.withPlatformString { umount2($0, Int32(MNT_DETACH)) } }

/// Of this mount alone, not of the disk.
private let readOnly = UInt(MS_REMOUNT | MS_BIND | MS_RDONLY)

@Suite(.enabled(if: mayMount, "needs the right to mount"), .timeLimit(.minutes(20))) struct DiskTests {
  @Test func `a full disk pauses the service with one sentence, and it goes on by itself`() async throws {
    try await withDisk { program, disk, service in
      let files = try (1...6).map { number in
        let path = program.root.appending("outside-\(number).png")
        try write(try plainPicture(), to: path)
        return path
      }
      try disk.fill()
      for (number, file) in files.enumerated() { try move(file, to: program.inbox.appending("\(number).png")) }
      try await eventually("it says that the disk is full") { try service.complaint().contains("Free some space") }
      let status = try await program.status()
      #expect(status.state == "paused")
      #expect(status.reason?.contains("Free some space") == true)
      try disk.empty()
      try await settled(program, 6)
      #expect(try lines(of: service, with: "Paused: ") == 1)
      #expect(try lines(of: service, with: "Free some space") == 1)
    }
  }

  @Test func `a disk that turns read-only pauses the service with one sentence`() async throws {
    try await withDisk { program, disk, service in
      // Another way to the same disk, by which files can still come in.
      let beside = program.folder.appending("beside")
      try FileManager.default.createDirectory(atPath: beside.string, withIntermediateDirectories: true)
      try disk.bind(to: beside)
      defer { detach(beside) }
      // Put on top, because a mount through which a file is open for writing cannot be made read-only.
      try disk.bind(to: disk.path)
      try disk.change("", readOnly)
      for number in 1...3 { try write(try plainPicture(), to: beside.appending("inbox/\(number).png")) }
      try await eventually("it says so") { try service.complaint().contains("Mount the disk writable") }
      detach(disk.path)
      try await settled(program, 3)
      #expect(try lines(of: service, with: "Paused: ") == 1)
    }
  }

  @Test func `a disk that goes while work is under way loses no job`() async throws {
    try await withDisk { program, disk, service in
      let elsewhere = program.folder.appending("elsewhere")
      try FileManager.default.createDirectory(atPath: elsewhere.string, withIntermediateDirectories: true)
      for number in 1...8 { try write(try plainPicture(), to: program.inbox.appending("\(number).png")) }
      try await eventually("work is under way") { try !program.names(program.root.appending("working")).isEmpty }
      try disk.moveAway(to: elsewhere)
      try await eventually("it says so") { try service.complaint().contains("waiting for the disk") }
      #expect(try await program.status().state == "waiting for the disk")
      try disk.moveBack(from: elsewhere)
      try await settled(program, 8)
      #expect(try lines(of: service, with: "Paused: ") <= 1)
    }
  }

  /// Waits until so many pictures are done, and looks that each is one.
  private func settled(_ program: Program, _ count: Int) async throws {
    let status = try await program.settled(jobs: count)
    #expect(status.state == "running")
    #expect(status.done == count)
    #expect(status.rejected == 0)
  }

  private func lines(of service: Child, with words: String) throws -> Int {
    try service.complaint().split(separator: "\n").count { $0.contains(words) }
  }

  /// Runs `body` with a service whose root is a small disk of its own.
  private func withDisk(_ body: (Program, SmallDisk, Child) async throws -> Void) async throws {
    try await withProgram { program in
      let disk = try SmallDisk(program.root)
      defer { detach(program.root) }
      let service = try await program.watch()
      do {
        try await body(program, disk, service)
      } catch {
        print(try service.complaint())
        service.signal(SIGKILL)
        throw error
      }
      service.signal(SIGTERM)
      _ = try await service.ended()
    }
  }
}
