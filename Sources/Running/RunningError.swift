import Glibc

/// What can go wrong in the order of work itself; each sentence ends with what to do.
package enum RunningError: Error, Sendable, Hashable, CustomStringConvertible {
  case stepVanished(job: String, step: String)
  case assetMissing(job: String, asset: String)
  case unknownService(String, known: [String])
  case notPossible(String)
  /// No process for decoding could be started: errno.
  case noDecoder(Int32)

  package var description: String {
    switch self {
    case .stepVanished(let job, let step):
      "Job \(job) has no step \(step) any more. Look at its job.json, or drop the picture again."
    case .assetMissing(let job, let asset):
      "Job \(job) names a picture \(asset) that is not in its body. Drop the source picture again."
    case .unknownService(let name, let known):
      "There is no image service \"\(name)\" for this step; there are \(known.joined(separator: ", ")). Change "
        + "\"provider\", or give the service its key or address."
    case .notPossible(let sentence): sentence
    case .noDecoder(let error):
      "No process for reading pictures can be started: \(String(cString: strerror(error))). Close other programs; it is "
        + "tried again."
    }
  }
}
