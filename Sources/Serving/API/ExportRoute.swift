import Blocking
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import Storage

/// A job as one ZIP archive.
extension API {
  fileprivate typealias Member = (name: String, file: StoredFile)

  /// `GET /api/jobs/{id}/export`: what lies in `done/` for a finished job, else job.json, pictures and history as far
  /// as there are any. Streamed: an archive of any size takes the memory of one piece.
  func export(_ visit: Visit) async throws -> Response {
    let job = try await job(of: visit)
    let members = try await pool.run { () throws -> [Member] in try self.members(of: job) }
    let length = ZipArchive.size(of: members.map { ($0.name, $0.file.size) })
    let name = FaceName.stem(ofFileNamed: job.sourceName)
    return Response(
      status: .ok,
      headers: [.contentType: "application/zip", .contentDisposition: Self.attachment(named: "\(name).zip")],
      body: ResponseBody(contentLength: length) { [pool] writer in
        var archive = ZipArchive()
        for member in members {
          let entry = try await pool.run { try Self.entry(for: member) }
          try await writer.write(ByteBuffer(bytes: archive.header(for: entry)))
          try await Self.write(member.file, 0..<member.file.size, on: pool, to: &writer)
        }
        try await writer.write(ByteBuffer(bytes: archive.ending()))
        try await writer.finish(nil)
      })
  }

  private func members(of job: Job) throws -> [Member] {
    let face = store.face(of: job)
    if job.status == .done, try face.folder() == .done {
      return try face.names().filter { !$0.hasPrefix(".") && $0 != "status.txt" }.sorted().compactMap { name in
        try face.open(name).map { (name, $0) }
      }
    }
    let assets = job.assets.values.sorted { $0.path < $1.path }.compactMap { asset -> (String, Asset)? in
      asset.path.split(separator: "/").last.map { ("assets/\(asset.kind.rawValue.lowercased())/\($0)", asset) }
    }
    let pictures: [Member] = try assets.compactMap { name, asset in
      try store.open(asset, of: job.id).map { (name, $0) }
    }
    return try store.openRecords(of: job.id) + pictures
  }

  /// Reads the file once for its checksum, which stands before its bytes. Blocks.
  private static func entry(for member: Member) throws -> ZipArchive.Entry {
    var checksum = CRC32()
    var offset = 0
    while offset < member.file.size {
      let piece = try member.file.read(at: offset, count: pieceSize)
      guard !piece.isEmpty else { break }
      checksum.add(piece)
      offset += piece.count
    }
    return ZipArchive.Entry(
      name: member.name, size: member.file.size, crc: checksum.value, modified: member.file.modified)
  }

  /// A file name in any script, for old and new clients (RFC 6266, section 5; RFC 8187).
  private static func attachment(named name: String) -> String {
    let plain = String(
      name.map { character -> Character in
        character.isASCII && !character.isNewline && !"\"\\%\t".contains(character) ? character : "_"
      })
    let encoded = name.utf8.map { byte -> String in
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      if isPlain || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") { return String(UnicodeScalar(byte)) }
      return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
    return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
  }
}
