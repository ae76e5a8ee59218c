import FoundationEssentials
import Glibc
package import Model
import SystemPackage

/// The journal of paid calls: one file a call in the job's body, so that it lives and dies with what it paid for.
extension JobStore {
  /// Writes the record durably, new or in place of its earlier state.
  package func write(_ call: CallRecord) throws(StorageError) {
    let body = layout.body(of: call.jobID)
    let folder = body.appending(Self.callsFolder)
    if try SystemCalls.status(folder) == nil {
      // Bodies made by the web tool, or before the first paid call, have none.
      try SystemCalls.makeFolder(folder)
      try SystemCalls.syncFolder(body)
    }
    let fence = fence(of: call.jobID)?.place
    try DurableWrite.write(try Self.encode(call), to: folder.appending(call.fileName), fence: fence)
  }

  /// The calls made for a job, oldest first. `day` (`2026-11-24`, UTC) leaves out those of other days unread.
  package func calls(of jobID: String, on day: String? = nil) throws(StorageError) -> [CallRecord] {
    let folder = layout.body(of: jobID).appending(Self.callsFolder)
    guard let info = try SystemCalls.status(folder) else { return [] }
    // A call of that day changed the folder on that day or later.
    if let day, Timestamp(milliseconds: Int64(info.st_mtim.tv_sec) * 1000).day < day { return [] }
    let beginning = day?.replacing("-", with: "") ?? ""
    let names = try SystemCalls.names(in: folder).map(\.string).filter {
      $0.hasSuffix(".json") && $0.hasPrefix(beginning) && !$0.hasPrefix(".")
    }
    var calls: [CallRecord] = []
    for name in names.sorted() {
      let bytes = try SystemCalls.open(folder.appending(name), O_RDONLY | O_NOFOLLOW).read(limit: 1 << 20)
      if let call = try? JSONDecoder().decode(CallRecord.self, from: Data(bytes)) { calls.append(call) }
    }
    return calls
  }

  /// What the calls of one day (`2026-11-24`, UTC) came to, over all jobs.
  package func spending(on day: String) throws(StorageError) -> Spending {
    var spending = Spending(day: day)
    for id in try jobIDs() {
      for call in try calls(of: id, on: day) where call.counts { spending.add(call) }
    }
    return spending
  }

  static let callsFolder = "calls"
}

/// How many calls a day has seen and what they cost, as far as costs are known.
package struct Spending: Sendable, Hashable {
  /// `2026-11-24`, in UTC.
  package var day: String
  package var calls = 0
  /// In US dollars.
  package var cost = 0.0

  package init(day: String) {
    self.day = day
  }

  package mutating func add(_ call: CallRecord) {
    calls += 1
    cost += call.cost ?? 0
  }
}
