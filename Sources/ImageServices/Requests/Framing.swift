import Imaging
import Model

/// Which part of a request's picture is sent, in which size, and where the answer belongs: geometry without pixels.
///
/// It follows from the request and the canvas rule alone, so that an answer found after a crash can be placed too.
struct Framing: Sendable, Hashable {
  let letterbox: Letterbox
  let placement: Placement

  /// `canvas` says in which size a part of the picture is sent.
  ///
  /// Where a mask covers little of the picture only its surroundings are sent, so that the service's limited number
  /// of pixels is spent where it matters. A REFRAME is sent as the wider picture with its new margin as the mask.
  init(_ request: ImageRequest, canvas: (Size) -> Size) {
    let size = request.picture.size
    guard request.kind != .reframe else {
      let wider = Self.reframed(size, to: request.aspect)
      letterbox = Letterbox(wider, into: canvas(wider))
      let offset = [(wider.width - size.width) / 2, (wider.height - size.height) / 2]
      placement = Placement(letterbox, surroundings: .input, offset: offset)
      return
    }
    let region = request.mask.flatMap(Self.region(around:))
    let sent = region.map { Size(width: $0.width, height: $0.height) } ?? size
    letterbox = Letterbox(size, region: region, into: canvas(sent))
    let makesLayer = request.kind == .extract || request.kind == .backgroundRemove
    placement = Placement(letterbox, surroundings: makesLayer ? .nothing : .input)
  }

  /// For services that take any size and answer in the same: scaled down only, to at most `side` pixels.
  init(_ request: ImageRequest, fitting side: Int) {
    self.init(request) { $0.fitting(side) }
  }

  /// The smallest size of this aspect that holds the whole picture.
  private static func reframed(_ size: Size, to aspect: Double) -> Size {
    Size(
      width: max(size.width, Int((Double(size.height) * aspect).rounded())),
      height: max(size.height, Int((Double(size.width) / aspect).rounded())))
  }

  /// What is sent of a picture whose mask is small: the mask with half its size of context on every side, at least
  /// 64 pixels. Nil where that would be most of the picture anyway.
  private static func region(around mask: Mask) -> Box? {
    guard let bounds = mask.bounds else { return nil }
    let margin = max(64, max(bounds.width, bounds.height) / 2)
    let region = bounds.grown(by: margin, within: mask.size)
    return region.width * region.height * 2 < mask.width * mask.height ? region : nil
  }
}
