import COnnx
import CVision

/// A salient-object network of the U²-Net family (Qin et al., Pattern Recognition 2020).
final class SalientNetwork: @unchecked Sendable {
  // Unchecked: the session is made once, is safe to run from several threads, and closed with this object.
  private let session: OpaquePointer

  /// Width and height of the network's input and output.
  static let side = 320

  init(runtime: String, model: String, threads: Int) throws(EngineError) {
    var message = [CChar](repeating: 0, count: 512)
    guard let session = connx_open(runtime, model, Int32(threads), &message) else {
      throw .cannotLoad(model, detail: Self.text(message))
    }
    self.session = session
  }

  deinit { connx_close(session) }

  /// The raw map, about 0...1: how much each pixel stands out. `side * side` values.
  ///
  /// The picture is squeezed to the square, scaled by its own maximum and normalised with ImageNet's mean and
  /// deviation, as the network was trained (and as rembg runs it). It is not smoothed before it is squeezed: averaged
  /// over area, u2netp's maps overlap the truth less (the bench's even scenes: IoU .03). `mirrored` shows it the
  /// picture's mirror image; the map lies as the picture does all the same.
  func map(of picture: RGB, mirrored: Bool = false) throws(EngineError) -> [Float] {
    let side = Self.side
    let small = try picture.sampled(width: side, height: side)
    let peak = Float(max(small.values.max() ?? 1, 1))
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    var input = [Float](repeating: 0, count: 3 * side * side)
    for pixel in 0..<side * side {
      let place = mirrored ? Self.mirror(of: pixel) : pixel
      for channel in 0..<3 {
        let value = Float(small.values[place * 3 + channel]) / peak
        input[channel * side * side + pixel] = (value - mean[channel]) / deviation[channel]
      }
    }
    var output = [Float](repeating: 0, count: side * side)
    var message = [CChar](repeating: 0, count: 512)
    let shape: [Int64] = [1, 3, Int64(side), Int64(side)]
    guard connx_run(session, input, shape, &output, output.count, &message) == 0 else {
      throw .cannotRun(Self.text(message))
    }
    return mirrored ? output.indices.map { output[Self.mirror(of: $0)] } : output
  }

  private static func mirror(of pixel: Int) -> Int { pixel / side * side + side - 1 - pixel % side }

  private static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
