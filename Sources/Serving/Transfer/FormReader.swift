import HTTPTypes
import Hummingbird

/// Reads a form with one file as it arrives: the file is handed on piece by piece, the other fields are returned.
struct FormReader {
  /// The largest file, in bytes.
  let limit: Int

  /// The longest that one body may take to arrive.
  private static let patience = Duration.seconds(600)
  private static let longestField = 64 * 1024
  private static let mostParts = 16

  /// Calls `begin` with the file's name when the form field `file` begins and `piece` for its bytes, in order.
  ///
  /// Returns the other fields once the body is whole; one that was cut off, is too large or too slow is an
  /// `APIError`, and the caller gives up what it has.
  func read(
    _ request: Request, begin: (String) async throws -> Void, piece: ([UInt8]) async throws -> Void
  ) async throws -> [String: String] {
    guard var form = Multipart(contentType: request.headers[.contentType] ?? "") else {
      throw APIError(.unsupportedMediaType, "media_type", "Send the file as multipart/form-data with a boundary.")
    }
    let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
    guard declared <= limit + Self.longestField else { throw tooLarge }
    let deadline = ContinuousClock.now.advanced(by: Self.patience)
    var progress = Progress()
    for try await buffer in request.body {
      guard ContinuousClock.now < deadline else {
        throw APIError(.requestTimeout, "too_slow", "The file took too long to arrive. Send it again.")
      }
      for event in try events(in: Array(buffer.readableBytesView), of: &form) {
        try await take(event, &progress, begin: begin, piece: piece)
      }
    }
    guard form.isComplete else {
      throw APIError(.badRequest, "cut_off", "The body ends before its last boundary. Send it again.")
    }
    return progress.fields
  }

  private struct Progress {
    var fields: [String: String] = [:]
    var current: Multipart.Part?
    var parts = 0
    var fileBytes = 0
    var hasFile = false
  }

  private func take(
    _ event: Multipart.Event, _ progress: inout Progress, begin: (String) async throws -> Void,
    piece: ([UInt8]) async throws -> Void
  ) async throws {
    switch event {
    case .part(let part):
      progress.parts += 1
      guard progress.parts <= Self.mostParts else { throw malformed("The form has too many parts.") }
      progress.current = part
      guard part.name == "file" else { return }
      guard !progress.hasFile else { throw malformed("Send one file at a time.") }
      progress.hasFile = true
      try await begin(part.fileName ?? "picture")
    case .bytes(let bytes) where progress.current?.name == "file":
      progress.fileBytes += bytes.count
      guard progress.fileBytes <= limit else { throw tooLarge }
      try await piece(bytes)
    case .bytes(let bytes):
      let name = progress.current?.name ?? ""
      progress.fields[name, default: ""] += String(decoding: bytes, as: UTF8.self)
      guard progress.fields[name, default: ""].utf8.count <= Self.longestField else { throw tooLarge }
    case .endOfPart, .end: progress.current = nil
    }
  }

  private func events(in bytes: [UInt8], of form: inout Multipart) throws -> [Multipart.Event] {
    do throws(Multipart.Malformed) {
      return try form.read(bytes)
    } catch {
      throw malformed(error.sentence)
    }
  }

  private func malformed(_ sentence: String) -> APIError {
    APIError(.badRequest, "malformed_form", "\(sentence) Send one file as multipart/form-data.")
  }

  private var tooLarge: APIError {
    APIError(.contentTooLarge, "too_large", "The file is larger than \(limit) bytes. Send a smaller one.")
  }
}
