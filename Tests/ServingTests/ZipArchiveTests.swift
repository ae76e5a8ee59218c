import Foundation
import Model
import Testing

@testable import Serving

@Suite struct ZipArchiveTests {
  @Test(arguments: [("", 0), ("123456789", 0xCBF4_3926), ("The quick brown fox jumps over the lazy dog", 0x414F_A339)])
  func `the checksum has the known values`(text: String, expected: UInt32) {
    var whole = CRC32()
    whole.add(Array(text.utf8))
    #expect(whole.value == expected)
    var pieces = CRC32()
    for byte in text.utf8 { pieces.add([byte]) }
    #expect(pieces.value == expected)
  }

  /// Python's zipfile is another program's reading of the same format.
  @Test func `another program reads the archive and finds every file whole`() throws {
    let files: [(name: String, bytes: [UInt8])] = [
      ("01-straße.png", Array(repeating: 7, count: 100_000)), ("empty.txt", []), ("dir/ŕ name.json", Array("{}".utf8)),
    ]
    var archive = ZipArchive()
    var bytes: [UInt8] = []
    for file in files {
      var checksum = CRC32()
      checksum.add(file.bytes)
      let time = try #require(Timestamp("2026-11-23T20:11:48Z"))
      bytes += archive.header(for: .init(name: file.name, size: file.bytes.count, crc: checksum.value, modified: time))
      bytes += file.bytes
    }
    bytes += archive.ending()
    #expect(bytes.count == ZipArchive.size(of: files.map { ($0.name, $0.bytes.count) }))

    let path = FileManager.default.temporaryDirectory.appendingPathComponent("scenehf-\(UUID().uuidString).zip")
    try Data(bytes).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    let script = """
      import sys, zipfile
      with zipfile.ZipFile(sys.argv[1]) as z:
          assert z.testzip() is None
          for i in z.infolist(): print(i.filename, i.file_size, "%d-%02d-%02dT%02d:%02d:%02d" % i.date_time)
      """
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = ["python3", "-c", script, path.path]
    python.environment = ProcessInfo.processInfo.environment.merging(["PYTHONIOENCODING": "utf-8"]) { _, new in new }
    let output = Pipe()
    python.standardOutput = output
    try python.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
    let expected = files.map { "\($0.name) \($0.bytes.count) 2026-11-23T20:11:48" }
    #expect(said.split(separator: "\n").map(String.init) == expected)
  }
}
