import ImageServices
import Transport

/// A fault of an image service or a planning model: what it was, and what may be done about it.
struct CallFailure {
  /// Nil for a service on this machine.
  let fault: ServiceFault?
  let remedy: ServiceFault.Remedy

  /// Nil for an error that no service throws, such as a full disk.
  init?(_ error: any Error) {
    switch error {
    case let fault as ServiceFault: (self.fault, remedy) = (fault, fault.remedy)
    case let error as ServiceError: (fault, remedy) = (error.fault, error.remedy)
    default: return nil
    }
  }

  /// Whether the call certainly was not worked on, and so not charged.
  var wasTurnedAway: Bool {
    guard let fault else { return false }
    switch fault.kind {
    case .rateLimited, .quota, .auth, .badRequest, .modelGone: return true
    case .transient, .cancelled, .refused, .empty, .malformed: return !fault.mayHaveArrived
    }
  }

  /// Seconds for which nobody need call the service; nil where it did not ask to slow down, or for longer than is waited.
  /// `wait` is our own, for a service that named none.
  func hold(_ wait: Double?) -> Double? {
    guard case .tryLater(let after) = remedy, fault?.kind == .rateLimited || after != nil else { return nil }
    return after ?? wait
  }

  /// Whether another wording may get a picture.
  var mayPassWithOtherPrompt: Bool { remedy == .tryOtherPrompt || remedy == .tryOnceMore }

  /// Whether the service is what is wrong, not what is asked of it: then another one may be asked instead.
  var concernsService: Bool {
    guard let fault else { return false }
    switch fault.kind {
    case .transient, .rateLimited, .quota, .auth, .modelGone, .badRequest: return true
    case .refused, .empty, .malformed, .cancelled: return false
    }
  }

  /// Why a person has to wait, for `status.txt`.
  func reason(_ provider: String) -> String {
    guard let fault else { return "\(provider) is busy" }
    return fault.kind == .rateLimited
      ? "\(fault.service) asks to slow down" : "\(fault.service) does not answer properly (\(fault.words))"
  }
}
