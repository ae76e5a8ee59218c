import Blocking
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Running
import Storage

/// What the routes need. Their functions are in the extensions beside this file, one file a subject.
struct API: Sendable {
  let workshop: Workshop
  /// For whatever blocks on the disk.
  let pool: BlockingPool
  let hub: EventHub
  let catalogue: Catalogue
  let access: Access
  /// Says that a job may be waiting for the runner.
  let wake: @Sendable () -> Void

  var store: JobStore { workshop.book.store }
  var actions: Actions { Actions(workshop: workshop) }
}

extension API {
  /// The job that the path names, as it stands on disk.
  func job(of visit: Visit) async throws -> Job {
    let id = try jobID(of: visit)
    let store = store
    return try await pool.run { try store.load(id) }
  }

  /// The id in the path, which can only ever be a name of ours: no separator, no dot.
  func jobID(of visit: Visit) throws -> String {
    let id = visit.parameters.get("id") ?? ""
    let isName = id.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
    }
    guard isName, (1...64).contains(id.utf8.count) else {
      throw APIError(.notFound, "no_such_job", "There is no such job. GET /api/jobs lists them.")
    }
    return id
  }

  /// The step that the path names by id, number or file stem.
  func step(of visit: Visit, in job: Job) throws -> Step {
    let raw = visit.parameters.get("step") ?? ""
    return try step(named: raw.percentDecoded ?? raw, in: job)
  }

  func step(named name: String?, in job: Job) throws -> Step {
    do {
      return try RequestDesk.step(name, of: job)
    } catch let error as RunningError where name != nil && !job.steps.isEmpty {
      // Before the job is planned the step may still come: that is a conflict.
      throw APIError(.notFound, "no_such_step", "\(error)")
    }
  }

  /// The largest JSON body.
  private static let bodyLimit = 1 << 20

  /// The JSON body; nil if there is none.
  func body<Value: Decodable>(_ type: Value.Type, of request: Request) async throws -> Value? {
    let buffer = try await request.body.collect(upTo: Self.bodyLimit)
    guard buffer.readableBytes > 0 else { return nil }
    guard RequestChecks.mediaType(request.headers[.contentType] ?? "") == "application/json" else {
      throw APIError(.unsupportedMediaType, "media_type", "Send this body as application/json.")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
    } catch let error as DecodingError {
      throw APIError(.unprocessableContent, "invalid_body", error.sentence)
    }
  }
}

extension DecodingError {
  /// What is wrong with a body, in a sentence with the place.
  fileprivate var sentence: String {
    switch self {
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      "The body is no JSON document, or a number in it is too large. Check it."
    case .dataCorrupted(let context): "\(Self.place(context)): \(context.debugDescription)."
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing in the body. Add it."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(Self.place(context)) is of the wrong type. GET /api/openapi.json says what fits."
    @unknown default: "The body cannot be read. GET /api/openapi.json says what fits."
    }
  }

  private static func place(_ context: Context) -> String {
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? "The body" : "\"\(path)\""
  }
}

extension String {
  /// With every `%XX` as the byte it stands for (RFC 3986, section 2.1); nil if that is no UTF-8.
  fileprivate var percentDecoded: String? {
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.first {
      rest = rest.dropFirst()
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
