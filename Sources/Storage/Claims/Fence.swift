import SystemPackage

/// Keeps a worker that has lost its claim from writing into the job, also one that slept through the loss.
///
/// # What is guaranteed, and what is not
/// The owner of a claim makes the folder `.claim-<fence>` in the body and renames away those with smaller numbers. All
/// files of the body come into being in that folder first and are renamed to their place (`DurableWrite`), so taking the
/// folder away is the fence: a process that was stopped between its last check and its rename, for however long, finds
/// that the rename has no source. The file system decides, in the same order for all machines; no clock and no time-out
/// is part of it. An owner that was stopped before it made its folder finds the greater number and gives up. job.json
/// comes into being in the folder of its lock instead, since people's changes are made without a claim, and the lock
/// is taken, or broken, by a new owner before anything else.
///
/// Not fenced but only checked just before are what is no rename out of the body: files of the face (they are made
/// again from the body by the new owner), lines appended to events.ndjson, and a call to a service. A process that is
/// stopped in the microseconds after that check and wakes up after its lease writes one such thing too late. For a paid
/// call this means: it is in the journal as sent before, so the new owner tells of it as lost and possibly charged.
///
/// Needed of a shared file system: renames that are atomic on the server, and listings of folders that are not older
/// than the last `open` (NFS 4 keeps both; mount with `lookupcache=positive` or `none`).
struct Fence: Sendable, Hashable {
  let claim: Claim
  /// Where files of the body come into being.
  let folder: FilePath

  private static let prefix = ".claim-"

  /// Makes the claim known in the body and shuts out every earlier owner; waits for one that is just changing the job.
  /// Throws `.claimLost` where a later owner is there already, `.noSuchJob` where there is no body.
  init(raising claim: Claim, in body: FilePath, by holder: String) throws(StorageError) {
    self.claim = claim
    folder = body.appending("\(Self.prefix)\(claim.fence)")
    let lock = try BodyLock(.job, of: body, by: holder)
    defer { withExtendedLifetime(lock) {} }
    try lock.clear()
    try SystemCalls.makeFolder(folder)
    // The own folder first, then the look: of two that do this at once, at least one sees the other.
    let others = try Self.numbers(in: body).filter { $0 != claim.fence }
    if let highest = others.max(), highest > claim.fence {
      try SystemCalls.removeTree(folder)
      throw .claimOutrun(claim.jobID, fence: highest)
    }
    for number in others {
      let grave = body.appending(".gone-\(claim.fence)-\(number)")
      try SystemCalls.rename(body.appending("\(Self.prefix)\(number)"), to: grave, replacing: false)
      try SystemCalls.removeTree(grave)
    }
    try SystemCalls.syncFolder(body)
  }

  var place: FencedPlace { FencedPlace(folder: folder, jobID: claim.jobID) }

  /// Whether nobody has taken the job over.
  func stands() throws(StorageError) -> Bool { try SystemCalls.status(folder) != nil }

  private static func numbers(in body: FilePath) throws(StorageError) -> [Int64] {
    try SystemCalls.names(in: body).map(\.string).filter { $0.hasPrefix(prefix) }
      .compactMap { Int64($0.dropFirst(prefix.count)) }
  }
}

/// Where a file of a job's body comes into being before it is renamed to its place; whoever may not write any more has
/// lost the folder.
struct FencedPlace: Sendable, Hashable {
  let folder: FilePath
  let jobID: String
}
