import Model
import Transport

/// One thing that is asked of a service, as the journal knows it.
struct Errand {
  /// The id under which the history tells of it.
  var runID: String
  /// Nil where a plan is asked for.
  var step: Step?
  /// The provider's name in the settings.
  var provider: String
  /// The model that is asked first; which one answers may change between two starts.
  var model: String
  /// The full wording as it is sent.
  var prompt: String
  /// Everything else that decides the answer, such as the ids of the pictures that are sent, or a model that a person
  /// named.
  var circumstances: [String]
  /// Whether the call may cost money, and so is journalled and counted.
  var isPaid: Bool
  var backOff: BackOff

  /// Equal for two errands that ask the same.
  var key: String {
    Fingerprint.of(([step?.id ?? "", provider, prompt] + circumstances).joined(separator: "\u{1F}"))
  }
}

/// A call on its way, as the one who sends it sees it.
struct OpenCall: Sendable {
  /// The service's ticket from before a crash: the call was taken then, and its answer is asked for.
  var ticket: String?
  /// Puts a ticket that the service has just given into the journal, durably.
  var keep: @Sendable (_ ticket: String) async throws -> Void
}

/// What a service answered, before anybody looked into it.
struct RawAnswer: Sendable {
  var bytes: [UInt8]
  /// The model that answered.
  var model: String
  var requestID: String?
  /// In US dollars, where known.
  var cost: Double?
  /// How the service understood the request, where it says.
  var note: String?
}

/// A call was not made because the settings allow no more. The job waits; nothing is lost.
struct BudgetReached: Error, Hashable, CustomStringConvertible {
  enum Limit: Hashable {
    case job(Int)
    /// The day that is used up, in UTC.
    case day(String, Int)
  }

  var limit: Limit

  var description: String {
    switch limit {
    case .job(let count):
      return "This job has made \(count) calls, all that max_calls_per_job allows. Raise it, then \"scenehf resume\"."
    case .day(let day, let count):
      return "\(count) calls were made on \(day), all that max_calls_per_day allows. Work goes on by itself after "
        + "midnight UTC; to go on now, raise it and restart."
    }
  }

  /// The day after which the job may go on by itself; nil where a person must act.
  var day: String? {
    if case .day(let day, _) = limit { day } else { nil }
  }
}
