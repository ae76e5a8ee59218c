package import FoundationEssentials
import Glibc
package import Model
import SystemPackage

/// A command of a person for the service that runs on this root, handed over as a file.
package struct ServiceRequest: Codable, Sendable, Hashable {
  package var id: String
  /// `retry`, `accept`, `skip`, `cancel`, `pause`, `resume`, `restore`, `prune`.
  package var verb: String
  package var jobID: String
  package var stepID: String?
  package var prompt: String?
  package var provider: String?
  package var model: String?
  package var minNonwhite: Double?
  package var maxNonwhite: Double?
  /// A picture file's bytes.
  package var mask: Data?
  /// The number of an earlier try, from 1.
  package var pick: Int?
  /// By which rules to prune; nil stands for the service's own.
  package var retention: RetentionRules?

  package init(verb: String, jobID: String, stepID: String? = nil, prompt: String? = nil) {
    id = Identifier.asset()
    self.verb = verb
    self.jobID = jobID
    self.stepID = stepID
    self.prompt = prompt
  }
}

/// What became of a request.
package struct ServiceAnswer: Codable, Sendable, Hashable {
  package var succeeded: Bool
  package var sentence: String

  package init(succeeded: Bool, sentence: String) {
    self.succeeded = succeeded
    self.sentence = sentence
  }
}

extension Layout {
  /// Hands a request to the running service.
  package func post(_ request: ServiceRequest) throws(StorageError) {
    try DurableWrite.write(try JobStore.encode(request), to: requests.appending("\(request.id).json"))
  }

  /// The service's answer, taken away; nil while there is none.
  package func takeAnswer(to request: ServiceRequest) throws(StorageError) -> ServiceAnswer? {
    let path = answers.appending("\(request.id).json")
    guard try SystemCalls.status(path) != nil else { return nil }
    let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 20)
    try SystemCalls.remove(path)
    return try? JSONDecoder().decode(ServiceAnswer.self, from: Data(bytes))
  }

  /// Takes a request back that nobody answered; false if it was taken up meanwhile.
  package func withdraw(_ request: ServiceRequest) throws(StorageError) {
    try SystemCalls.remove(requests.appending("\(request.id).json"))
  }
}

extension JobStore {
  /// The requests that wait, in the order they were made.
  package func pendingRequests() throws(StorageError) -> [ServiceRequest] {
    var found: [(Int64, ServiceRequest)] = []
    for name in try SystemCalls.names(in: layout.requests) where name.string.hasSuffix(".json") {
      let path = layout.requests.appending(name)
      guard !name.string.hasPrefix("."), let info = try SystemCalls.status(path) else { continue }
      let bytes = try SystemCalls.open(path, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 30)
      guard let request = try? JSONDecoder().decode(ServiceRequest.self, from: Data(bytes)) else {
        try SystemCalls.remove(path)
        continue
      }
      found.append((FileIdentity(info).modified, request))
    }
    return found.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Answers a request and takes it off the pile, in that order.
  package func answer(_ request: ServiceRequest, _ answer: ServiceAnswer) throws(StorageError) {
    try DurableWrite.write(try Self.encode(answer), to: layout.answers.appending("\(request.id).json"))
    try SystemCalls.remove(layout.requests.appending("\(request.id).json"))
  }
}
