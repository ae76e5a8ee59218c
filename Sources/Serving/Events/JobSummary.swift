import Model

/// A job as lists show it: what job.json says, in the same words, without plan, pictures and prompts.
struct JobSummary: Encodable, Sendable {
  struct StepSummary: Encodable, Sendable {
    let id: String
    let index: Int
    let name: String
    let type: StepType
    let status: StepStatus
    let reason: String?
  }

  let id: String
  let status: JobStatus
  let sourceName: String
  let face: String
  let sourceImage: String
  let reason: String?
  /// Whether it waits because somebody paused it, or for a new day's budget, rather than for an answer.
  let held: Bool
  let steps: [StepSummary]
  let createdAt: Timestamp
  let updatedAt: Timestamp

  init(_ job: Job) {
    id = job.id
    status = job.status
    sourceName = job.sourceName
    face = job.face
    sourceImage = job.sourceImage
    reason = job.reason
    held = job.isHeld
    steps = job.steps.map {
      StepSummary(id: $0.id, index: $0.index, name: $0.name, type: $0.type, status: $0.status, reason: $0.reason)
    }
    createdAt = job.createdAt
    updatedAt = job.updatedAt
  }

  private enum CodingKeys: String, CodingKey {
    case id, status, face, reason, held, steps
    case sourceName = "source_name"
    case sourceImage = "source_image"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }
}
