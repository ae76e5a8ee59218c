/// One line of a job's events.ndjson: append-only and numbered from 1 without gaps.
package struct JobEvent: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable {
    case jobUpdated = "job.updated"
    case stepUpdated = "step.updated"
    case log
  }

  package var id: Int
  package var at: Timestamp
  package var event: Kind
  package var jobID: String
  package var stepID: String?
  /// The job's or step's status after the event.
  package var status: String?
  package var message: String?

  package init(
    id: Int = 0, at: Timestamp = .now, event: Kind, jobID: String, stepID: String? = nil, status: String? = nil,
    message: String? = nil
  ) {
    self.id = id
    self.at = at
    self.event = event
    self.jobID = jobID
    self.stepID = stepID
    self.status = status
    self.message = message
  }

  private enum CodingKeys: String, CodingKey {
    case id, at, event, status, message
    case jobID = "job_id"
    case stepID = "step_id"
  }
}
