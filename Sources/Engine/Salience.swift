import Blocking
import Dispatch
import Imaging

/// What stands out of a picture, as the network sees it.
///
/// The network is loaded at the first picture and stays warm while pictures come; it is let go beside a large picture, and
/// when nobody has looked for a while, since it holds 0.3 to 0.9 GB and is loaded again in 0.05 to 0.4 seconds.
final class Salience: Sendable {
  /// The network, and how many looks were taken through it or another before it.
  private struct Warm {
    var network: Result<SalientNetwork, EngineError>?
    var looks = 0
  }

  private let files: EngineFiles
  private let warm = Locked(Warm())
  /// After so many seconds without a look the network is let go.
  private let patience: Double
  /// The network's runs at a time, whoever asks for them: each takes 0.2 GB (U²-Net-p) or 0.4 GB, which ONNX Runtime keeps
  /// until the network is let go.
  private let runs = DispatchSemaphore(value: 2)

  /// Pictures of more pixels than this need the network's memory more than they mind loading it again.
  private static let mostBesideNetwork = 4_000_000
  /// On pictures of noise, sky or plain gradients the raw map's highest value stays below this.
  static let least: Float = 0.5

  init(files: EngineFiles, patience: Double) {
    self.files = files
    self.patience = patience
  }

  /// Whether the network is in memory.
  var isWarm: Bool { warm.withLock { $0.network != nil } }

  /// The network's map of a picture, stretched to 0...1, at 320 × 320; nil without a network or where nothing
  /// stands out: stretching makes something of nothing, so the raw map decides first.
  func map(of picture: RGB, mirrored: Bool = false) throws(EngineError) -> Plane? {
    guard let network = try loadedNetwork() else { return nil }
    runs.wait()
    defer { runs.signal() }
    let raw = try network.map(of: picture, mirrored: mirrored)
    guard let low = raw.min(), let high = raw.max(), high >= Self.least else { return nil }
    let side = SalientNetwork.side
    let range = max(high - low, 1e-6)
    return Plane(width: side, height: side, values: raw.map { ($0 - low) / range })
  }

  /// What the network sees in the picture or in its mirror image. The picture is one of size `full`, made smaller.
  ///
  /// A network that misses a whole thing often sees it from the other side: on 45 scenes with truth, those of the
  /// bench's even numbers among them, u2netp's maps overlap it by .045 more (IoU) and find 88 of 100 objects, not 82.
  func mapFromBothSides(of picture: RGB, in full: Size) throws(EngineError) -> Plane? {
    let seen = try looks(2, in: full) { (side) throws(EngineError) in try map(of: picture, mirrored: side == 1) }
    guard let ahead = seen[0], let mirrored = seen[1] else { return seen[0] ?? seen[1] }
    return Plane(
      width: ahead.width, height: ahead.height, values: zip(ahead.values, mirrored.values).map { max($0, $1) })
  }

  /// Takes looks 0 up to `count`, two at a time: threads inside the network would cost a quarter more, since they wait for
  /// each other. Beside large pictures there is memory for one.
  func looks(
    _ count: Int, in full: Size, _ look: @Sendable (Int) throws(EngineError) -> Plane?
  ) throws(EngineError) -> [Plane?] {
    guard !isLarge(full) else { return try (0..<count).map { (number) throws(EngineError) in try look(number) } }
    let seen = Locked([Result<Plane?, EngineError>](repeating: .success(nil), count: count))
    DispatchQueue.concurrentPerform(iterations: count) { number in
      let result = Result { () throws(EngineError) in try look(number) }
      seen.withLock { $0[number] = result }
    }
    return try seen.withLock { $0 }.map { (result) throws(EngineError) in try result.get() }
  }

  /// Lets go of the network beside a large picture; whoever is looking through it at the moment finishes first.
  func makeRoom(for size: Size) {
    if isLarge(size) { warm.withLock { $0.network = nil } }
  }

  private func isLarge(_ size: Size) -> Bool { size.width * size.height > Self.mostBesideNetwork }

  private func loadedNetwork() throws(EngineError) -> SalientNetwork? {
    guard let runtime = files.runtime, let model = files.model else { return nil }
    let (network, look) = warm.withLock { warm in
      let network =
        warm.network
        ?? Result { () throws(EngineError) in try SalientNetwork(runtime: runtime, model: model, threads: 1) }
      warm.network = network
      warm.looks += 1
      return (network, warm.looks)
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + patience) { [weak self] in self?.rest(after: look) }
    return try network.get()
  }

  /// Lets go of the network unless somebody has looked since.
  private func rest(after look: Int) {
    warm.withLock { if $0.looks == look { $0.network = nil } }
  }
}
