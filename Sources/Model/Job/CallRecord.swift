/// One call that may cost money, as the job's body keeps it in `calls/`: written before the call is sent, and
/// again when it is known what became of it.
///
/// From these alone follows what a crash must not repeat, and what a day and a job have cost.
package struct CallRecord: Codable, Sendable, Hashable, Identifiable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// On its way, or nobody knows: the process ended before an answer came.
    case sent = "SENT"
    /// Answered, and the answer is in the body.
    case answered = "ANSWERED"
    /// Answered with nothing of use, or cut off on the way; it may have been charged.
    case failed = "FAILED"
    /// The service turned it away, or never got it: nothing was charged.
    case turnedAway = "TURNED_AWAY"
    /// Found unanswered after a restart and named in the history; it may have been charged.
    case lost = "LOST"
  }

  package var id: String
  package var jobID: String
  /// The step it was made for; `planStepID` for a planner's call.
  package var stepID: String
  package var provider: String
  package var model: String
  /// The full wording that was sent.
  package var prompt: String
  /// The fingerprint of everything that decides the answer: two calls with the same key ask the same.
  package var key: String
  package var state: State = .sent
  package var sentAt: Timestamp
  package var endedAt: Timestamp?
  /// The vendor's id of the call.
  package var requestID: String?
  /// What the service needs to be told to answer the call that it has taken, in its own form; it holds no secret.
  package var ticket: String?
  /// In US dollars, where known.
  package var cost: Double?
  /// The raw answer: a GENERATION asset whose file is durable before the state says `answered`.
  package var answer: Asset?
  package var error: String?

  /// What stands for a step where a plan is asked for.
  package static let planStepID = "plan"

  package init(
    jobID: String, stepID: String, provider: String, model: String, prompt: String, key: String,
    sentAt: Timestamp = .now
  ) {
    id = Identifier.run()
    self.jobID = jobID
    self.stepID = stepID
    self.provider = provider
    self.model = model
    self.prompt = prompt
    self.key = key
    self.sentAt = sentAt
  }

  /// Whether the call counts against the budgets: all but those that cannot have been charged.
  package var counts: Bool { state != .turnedAway }

  /// The record's file in `calls/`: sorted by name is sorted by time, and a name begins with the day.
  package var fileName: String { "\(sentAt.compact)_\(id).json" }

  private enum CodingKeys: String, CodingKey {
    case id, provider, model, prompt, key, state, cost, ticket, answer, error
    case jobID = "job_id"
    case stepID = "step_id"
    case sentAt = "sent_at"
    case endedAt = "ended_at"
    case requestID = "request_id"
  }
}
