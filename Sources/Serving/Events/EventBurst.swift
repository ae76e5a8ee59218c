import Hummingbird

/// What happened since listeners were told last: each of them is woken once for it, and writes once.
struct EventBurst: Sendable {
  let frames: [EventFrame]
  /// All of it as the stream of all jobs has it, the same bytes for everybody.
  let forAll: ByteBuffer

  init(_ frames: [EventFrame]) {
    self.frames = frames
    forAll = Self.joined(frames.map(\.forAll))
  }

  /// What a listener to all jobs gets that is told only what `isNew`; nil if that is nothing.
  func forAll(where isNew: (EventFrame) -> Bool) -> ByteBuffer? {
    let chosen = frames.filter(isNew)
    if chosen.count == frames.count { return forAll }
    return chosen.isEmpty ? nil : Self.joined(chosen.map(\.forAll))
  }

  /// What a listener to one job gets that is told only what `isNew`; nil if that is nothing.
  func forJob(_ jobID: String, where isNew: (EventFrame) -> Bool) -> ByteBuffer? {
    let chosen = frames.filter { ($0.jobID == nil || $0.jobID == jobID) && isNew($0) }
    return chosen.isEmpty ? nil : Self.joined(chosen.map(\.forJob))
  }

  private static func joined(_ parts: [ByteBuffer]) -> ByteBuffer {
    guard var whole = parts.first else { return ByteBuffer() }
    for part in parts.dropFirst() { whole.writeImmutableBuffer(part) }
    return whole
  }
}
