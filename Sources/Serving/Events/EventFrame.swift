import FoundationEssentials
import Hummingbird
import Model
import Storage

/// One event in the form of the stream (WHATWG HTML, section 9.2, "Server-sent events").
struct EventFrame: Sendable {
  /// Whose it is: empty for what belongs to no job and is in the stream of all jobs alone, nil for everybody's.
  let jobID: String?
  /// The event's number within its job; 0 for what is in no job's events.ndjson.
  let number: Int
  /// In the stream of one job, whose ids are the numbers.
  let forJob: ByteBuffer
  /// In the stream of all jobs, whose ids are `<job_id>:<number>`.
  let forAll: ByteBuffer

  /// The id in the stream of all jobs.
  var id: String { "\(jobID ?? ""):\(number)" }

  init(_ event: JobEvent) {
    let line = Self.line(event)
    let name = event.event.rawValue
    jobID = event.jobID
    number = event.id
    forJob = ByteBuffer(string: "id: \(event.id)\nevent: \(name)\ndata: \(line)\n\n")
    forAll = ByteBuffer(string: "id: \(event.jobID):\(event.id)\nevent: \(name)\ndata: \(line)\n\n")
  }

  /// A drop that became no job.
  init(_ rejection: Rejection) {
    self.init(text: "event: rejected\ndata: \(Self.line(rejection))\n\n", jobID: "")
  }

  /// A job that was removed for good, and its events with it.
  init(removed jobID: String) {
    self.init(text: "event: job.removed\ndata: \(Self.line(["job_id": jobID]))\n\n", jobID: jobID)
  }

  private init(text: String, jobID: String? = nil) {
    self.jobID = jobID
    number = 0
    forJob = ByteBuffer(string: text)
    forAll = forJob
  }

  /// A comment: nothing to the page, but proof to every box between that the connection lives.
  static let heartbeat = EventFrame(text: ": still here\n\n")
  /// How long to wait before coming back, in milliseconds; the first thing in every stream.
  static let greeting = ByteBuffer(string: "retry: 1000\n\n")
  /// The service stops; a client may come back later.
  static let bye = ByteBuffer(string: "event: bye\ndata: {}\n\n")

  /// How everything stands now, for who has seen nothing yet, or too little to catch up; `id` is the last
  /// event it holds.
  static func snapshot(_ value: some Encodable, id: String?) -> ByteBuffer {
    ByteBuffer(string: "\(id.map { "id: \($0)\n" } ?? "")event: snapshot\ndata: \(line(value))\n\n")
  }

  /// JSON without line breaks.
  private static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
