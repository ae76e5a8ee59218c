/// Why a service gave no picture or plan, sorted by what may be done about it. All adapters and planners throw this.
package struct ServiceFault: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable {
    /// Connection, time-out, overload: the same call may go through later.
    case transient
    /// Too many calls at once or a minute.
    case rateLimited
    /// The money or the day's calls are used up.
    case quota
    /// The key is missing, wrong or not allowed to do this.
    case auth
    /// The service will not do this, for what is shown or asked.
    case refused
    /// An answer without what was asked for.
    case empty
    /// The service does not take the request as it is.
    case badRequest
    case modelGone(String)
    /// An answer that cannot be read.
    case malformed
    /// We ended the call ourselves.
    case cancelled
  }

  /// What may be done without a person.
  package enum Remedy: Sendable, Hashable {
    /// The same call again later, after `after` seconds where the service named them; see `BackOff`.
    case tryLater(after: Double?)
    /// The same call once more, at once.
    case tryOnceMore
    /// The same call again, which then asks the next model of the configured list.
    case tryOtherModel
    /// Another wording may go through.
    case tryOtherPrompt
    /// Nothing: the caller is being stopped.
    case stop
    /// Nothing: a person must change something first.
    case askPerson
  }

  package var kind: Kind
  /// As people call it, for example `Gemini`.
  package var service: String
  /// The service's own words, or ours where it had none; one line, without secrets.
  package var words: String
  /// Seconds that the service asks to wait.
  package var after: Double?
  /// The vendor's id of the call.
  package var requestID: String?
  /// Whether the call may have been worked on, and so billed.
  package var mayHaveArrived: Bool
  /// Whether the call was taken and is charged all the same, so that making it again would pay twice.
  package var isSpent = false
  /// Where a model is gone: the one that the same call asks when it is made again; nil where there is none.
  package var nextModel: String?
  /// The answer's status; nil where there was no answer.
  package var status: Int?

  package init(
    _ kind: Kind, _ service: String, _ words: String, after: Double? = nil, requestID: String? = nil,
    mayHaveArrived: Bool = true
  ) {
    self.kind = kind
    self.service = service
    self.words = Self.oneLine(redacted(words))
    self.after = after
    self.requestID = requestID
    self.mayHaveArrived = mayHaveArrived
  }

  /// A call that came to no answer.
  package init(_ error: TransportError, service: String) {
    let kind: Kind =
      switch error.cause {
      case .cancelled, .stopped: .cancelled
      case .tooLarge: .malformed
      default: error.isTransient ? .transient : .badRequest
      }
    self.init(kind, service, error.description, mayHaveArrived: error.mayHaveArrived)
  }

  /// Longer waits are a person's to decide about.
  package static let longestWait = 60.0

  package var remedy: Remedy {
    if isSpent, kind != .cancelled { return .askPerson }
    return switch kind {
    case .transient, .rateLimited: (after ?? 0) <= Self.longestWait ? .tryLater(after: after) : .askPerson
    case .empty, .malformed: .tryOnceMore
    case .modelGone: nextModel == nil ? .askPerson : .tryOtherModel
    case .cancelled: .stop
    case .quota, .auth, .refused, .badRequest: .askPerson
    }
  }

  package var description: String {
    let quoted = words.isEmpty ? "" : ": \(words.hasSuffix(".") ? String(words.dropLast()) : words)"
    switch kind {
    case .transient: return "\(service) does not answer properly\(quoted). Save the edit file to try again."
    case .rateLimited:
      let wait = after.map { " for \(Int($0.rounded(.up))) s" } ?? ""
      return "\(service) asks to slow down\(wait)\(quoted). Save the edit file later to try again."
    case .quota:
      return
        "The quota of \(service) is used up\(quoted). Wait for the next day or add credit, then save the edit file."
    case .auth: return "\(service) does not accept the key\(quoted). Put a valid key into the environment and restart."
    case .refused: return "\(service) refused\(quoted). Change the wording in the edit file, or name another provider."
    case .empty: return "\(service) answered without a result\(quoted). Change the wording, or name another provider."
    case .badRequest:
      return "\(service) does not take this request\(quoted). Change the edit file, or name another provider."
    case .modelGone(let model):
      let remedy =
        nextModel.map { "Now \"\($0)\" is asked; put it first in the settings." }
        ?? "Name another model in the settings or the edit file."
      return "\(service) has no model \"\(model)\" any more\(quoted). \(remedy)"
    case .malformed: return "The answer of \(service) cannot be read\(quoted). Save the edit file to try again."
    case .cancelled:
      return "The call to \(service) was ended before its answer\(quoted). Run the step again to repeat it."
    }
  }

  /// At most 400 characters, on one line.
  private static func oneLine(_ text: String) -> String {
    let line = text.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
    return line.count > 400 ? line.prefix(399) + "…" : line
  }
}
