import Blocking
import HTTPTypes
import Hummingbird
import Model
import Running
import Storage

/// Pictures going out, whole or in part.
extension API {
  /// How much of a file is in memory at a time, in bytes.
  static let pieceSize = 256 * 1024

  /// `GET /api/jobs/{id}/assets/{asset}`: the file of an asset. It never changes under its id, so that it may be kept.
  func asset(_ request: Request, _ visit: Visit) async throws -> Response {
    let job = try await job(of: visit)
    let id = visit.parameters.get("asset") ?? ""
    guard let asset = job.assets[id] else {
      throw APIError(.notFound, "no_such_asset", "This job has no such picture. Its \"assets\" lists them.")
    }
    let store = store
    guard let file = try await pool.run({ try store.open(asset, of: job.id) }) else {
      throw APIError(.notFound, "asset_missing", "The file of this picture is missing from the job's folder.")
    }
    let name = asset.path.split(separator: "/").last.map(String.init) ?? id
    return send(file, named: name, tag: "\"\(job.id.prefix(8))-\(id)\"", keep: true, request)
  }

  /// `GET /api/jobs/{id}/steps/{step}/problems`: the picture with what is wrong marked, while the step needs somebody.
  /// It is there from the event on that says so: until the job as a whole waits and its folder has the file, it is drawn
  /// for each request.
  func problems(_ request: Request, _ visit: Visit) async throws -> Response {
    let job = try await job(of: visit)
    let step = try step(of: visit, in: job)
    let face = store.face(of: job)
    let name = "\(step.fileStem).problems.png"
    guard let file = try await pool.run({ try face.open(name) }) else {
      return try await drawnProblems(of: step, of: job)
    }
    let tag = "\"\(step.lastRunID ?? "")-\(file.modified.milliseconds)-\(file.size)\""
    return send(file, named: name, tag: tag, keep: false, request)
  }

  private func drawnProblems(of step: Step, of job: Job) async throws -> Response {
    let workshop = workshop
    guard step.needsPerson, let drawing = try await pool.run({ try workshop.problems(of: step, of: job) }) else {
      throw APIError(.notFound, "no_problems", "No problems are marked for this step.")
    }
    return Response(
      status: .ok, headers: [.contentType: "image/png", .cacheControl: "no-cache"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: drawing)))
  }

  private func send(_ file: StoredFile, named name: String, tag: String, keep: Bool, _ request: Request) -> Response {
    let suffix = name.split(separator: ".").last.map(String.init) ?? ""
    var fields: HTTPFields = [
      .contentType: Self.mediaTypes[suffix] ?? "application/octet-stream", .eTag: tag, .acceptRanges: "bytes",
      .cacheControl: keep ? "private, max-age=31536000, immutable" : "no-cache",
    ]
    if Answer.isKnown(tag, to: request) { return Response(status: .notModified, headers: fields) }
    // A part of another version would not fit what the client has (RFC 9110, section 13.1.5).
    let mayBePart = request.headers[.ifRange].map { $0 == tag } ?? true
    switch ByteRange(mayBePart ? request.headers[.range] : nil, size: file.size) {
    case .whole:
      return Response(status: .ok, headers: fields, body: body(of: file, 0..<file.size))
    case .part(let range):
      fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
      return Response(status: .partialContent, headers: fields, body: body(of: file, range))
    case .unsatisfiable:
      var refusal = APIError(
        .rangeNotSatisfiable, "range", "The picture has \(file.size) bytes. Ask for some of them.",
        [.contentRange: "bytes */\(file.size)"]
      ).response
      refusal.headers[.acceptRanges] = "bytes"
      return refusal
    }
  }

  private func body(of file: StoredFile, _ range: Range<Int>) -> ResponseBody {
    ResponseBody(contentLength: range.count) { [pool] writer in
      try await Self.write(file, range, on: pool, to: &writer)
      try await writer.finish(nil)
    }
  }

  /// Sends a part of a file piece by piece, no faster than the client reads.
  @concurrent static func write(
    _ file: StoredFile, _ range: Range<Int>, on pool: BlockingPool, to writer: inout any ResponseBodyWriter
  ) async throws {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let (start, count) = (offset, min(Self.pieceSize, range.upperBound - offset))
      let piece = try await pool.run { try file.read(at: start, count: count) }
      // A file that got shorter: breaking off tells the client, padding would lie.
      guard !piece.isEmpty else { throw APIError(.internalServerError, "shortened", "The file got shorter.") }
      try await writer.write(ByteBuffer(bytes: piece))
      offset += piece.count
    }
  }

  private static let mediaTypes = [
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "tif": "image/tiff",
    "tiff": "image/tiff", "avif": "image/avif", "heic": "image/heic", "json": "application/json",
  ]
}
