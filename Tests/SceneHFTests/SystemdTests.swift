import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

/// What systemd hears of the service, and how the service gets there.
@Suite(.timeLimit(.minutes(20))) struct SystemdTests {
  /// systemd's end of the notification socket.
  private final class Manager {
    private let socket: Int32
    private var heard: [String] = []

    init(_ path: FilePath) throws {
      socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8) }
      let bound = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      guard bound == 0 else { throw Errno(rawValue: errno) }
    }

    deinit { close(socket) }

    /// Everything that was said so far, in order.
    func said() -> [String] {
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
        heard.append(String(decoding: buffer[..<count], as: UTF8.self))
      }
      return heard
    }
  }

  @Test func `systemd is told that it is ready, how it stands, that it lives and that it stops`() async throws {
    try await withTemporaryFolder { folder in
      let place = folder.appending("notify")
      let manager = try Manager(place)
      try await withProgram(["NOTIFY_SOCKET": place.string, "WATCHDOG_USEC": "400000"]) { program in
        try await program.whileWatching {
          try await eventually("it is ready") { manager.said().contains("READY=1") }
          try await eventually("how it stands") { manager.said().contains("STATUS=0 running, 0 need review") }
          try program.drop(try plainPicture(share: 0.9), named: "large.png")
          try await eventually("one needs review") { manager.said().contains("STATUS=0 running, 1 needs review") }
          #expect(manager.said().contains("STATUS=1 running, 0 need review"))
          try await eventually("signs of life") { manager.said().count { $0 == "WATCHDOG=1" } > 2 }
        }
        #expect(manager.said().contains("STOPPING=1"))
      }
    }
  }

  @Test func `install writes a unit for this program and starts it, uninstall takes it away`() async throws {
    try await withTemporaryFolder(in: diskPlace) { folder in
      let log = folder.appending("said")
      let systemctl = folder.appending("systemctl")
      try write("#!/bin/sh\necho \"$@\" >> \(log.string)\n", to: systemctl)
      #expect(systemctl.withPlatformString { chmod($0, 0o755) } == 0)
      try await withProgram(["PATH": "\(folder.string):/usr/bin:/bin"]) { program in
        let installed = try await program.run("install", "--http", "127.0.0.1:8765")
        #expect(installed.status == 0, "\(installed.complaint)")
        let unit = program.folder.appending(".config/systemd/user/scenehf.service")
        let text = try read(unit)
        let command = text.split(separator: "\n").first { $0.hasPrefix("ExecStart=/") } ?? ""
        #expect(command.hasSuffix("scenehf watch --storage-root \(program.root.string) --http 127.0.0.1:8765"))
        #expect(try await program.run("install", "--print", "--http", "127.0.0.1:8765").output == text)
        #expect(
          try read(log) == """
            --user daemon-reload
            --user enable scenehf.service
            --user restart scenehf.service

            """)
        let picture = program.root.appending("inbox/kept.png")
        try FileManager.default.createDirectory(atPath: program.inbox.string, withIntermediateDirectories: true)
        try write("kept", to: picture)
        let removed = try await program.run("uninstall")
        #expect(removed.status == 0 && removed.output.contains("Your pictures stay in \(program.root.string)"))
        #expect(!exists(unit) && exists(picture))
        #expect(try read(log).hasSuffix("--user disable --now scenehf.service\n--user daemon-reload\n"))
        #expect(try await program.run("uninstall").status == 1)
      }
    }
  }

  @Test func `a unit quotes what systemd would take for something else`() async throws {
    try await withProgram { program in
      let odd = program.folder.appending("50% of $HOME \"mine\"").string
      let unit = try await program.run("install", "--print", "--storage-root", odd).output
      let quoted = "\"\(program.folder.string)/50%% of $$HOME \\\"mine\\\"\""
      #expect(unit.contains("watch --storage-root \(quoted)\n"))
      #expect(unit.contains("ReadWritePaths=%h\n"))
      let outside = try await program.run("install", "--print", "--storage-root", "/srv/my pictures").output
      #expect(outside.contains("ReadWritePaths=%h \"/srv/my pictures\"\n"))
    }
  }

  @Test func `status goes on showing what changes`() async throws {
    try await withProgram { program in
      try await program.whileWatching {
        let status = try program.start(["status", "--watch"])
        try program.drop(try plainPicture(), named: "a.png")
        try await eventually("it is shown as done") { try status.output().contains("DONE    done    a.png") }
        #expect(try status.output().contains("inbox 0, working 0, review 0, done 1, rejected 0"))
        status.signal(SIGTERM)
        _ = try await status.ended()
      }
      #expect(try await program.run("status", "--watch", "--json").status == 64)
    }
  }
}
