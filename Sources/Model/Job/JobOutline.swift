/// A job as lists show it: what job.json says, without plan, pictures and prompts, which are nearly all of it.
///
/// It can be read from job.json without the rest, in a fifth of the time; ten thousand jobs are read for one list.
package struct JobOutline: Sendable, Hashable, Identifiable {
  package struct StepOutline: Encodable, Sendable, Hashable {
    package let id: String
    package let index: Int
    package let name: String
    package let type: StepType
    package let status: StepStatus
    package let reason: String?
  }

  /// A UUID in lower case.
  package let id: String
  package let status: JobStatus
  package let sourceName: String
  package let face: String
  package let sourceImage: String
  /// Why the job waits, in a sentence.
  package let reason: String?
  /// Whether it waits because somebody paused it, or for a new day's budget, rather than for an answer.
  package let isHeld: Bool
  package let steps: [StepOutline]
  /// The file stem of the step at work or in need of a person.
  package let stepAtWork: String?
  package let createdAt: Timestamp
  package let updatedAt: Timestamp

  package init(_ job: Job) {
    id = job.id
    status = job.status
    sourceName = job.sourceName
    face = job.face
    sourceImage = job.sourceImage
    reason = job.reason
    isHeld = job.isHeld
    steps = job.steps.map {
      StepOutline(id: $0.id, index: $0.index, name: $0.name, type: $0.type, status: $0.status, reason: $0.reason)
    }
    stepAtWork = job.steps.first { $0.status == .running || $0.needsPerson }?.fileStem
    createdAt = job.createdAt
    updatedAt = job.updatedAt
  }
}

extension JobOutline: Decodable {
  package init(from decoder: any Decoder) throws {
    self.init(try Job(outlineFrom: decoder))
  }
}
