import Blocking
import Engine
import FakeServices
import Foundation
import Imaging
import Model
import Testing
import Transport

@testable import ImageServices

/// Every image service there is, as the contract suite goes through them.
enum Service: String, CaseIterable, Sendable {
  case local
  case gemini
  case openai
  case vertex
  case imagen
  case fal
  case rembg
  case iopaint

  /// Those that are reached over the network.
  static let remote = allCases.filter { $0 != .local }

  /// The service at the fake vendors' under `scenario`.
  func made(scenario: String = "ok", models: [String]? = nil) async throws -> any ImageService {
    let vendor = self == .imagen ? "vertex" : rawValue
    return try await made(at: try await FakeVendors.shared().address(of: vendor, scenario: scenario), models: models)
  }

  /// The service where nobody listens: port 1 (tcpmux) is privileged and unused.
  func unreachable() async throws -> any ImageService { try await made(at: "http://127.0.0.1:1", models: nil) }

  private func made(at address: String, models: [String]?) async throws -> any ImageService {
    let (client, pool) = (try Shared.client.get(), Shared.pool)
    if self == .local {
      return LocalService(engine: Engine(files: .found(environment: ProcessInfo.processInfo.environment)), pool: pool)
    }
    let vendors = try await FakeVendors.shared()
    let base = try WebAddress(address)
    let key = try #require(Secret("\(Shared.canary):\(rawValue)"))
    switch self {
    case .local, .gemini:
      return GeminiService(
        client: client, key: key, base: base, models: models ?? ["gemini-2.5-flash-image"], pool: pool)
    case .openai:
      return OpenAIImageService(
        client: client, key: key, base: base, models: models ?? ["gpt-image-2.6-flare"], pool: pool)
    case .vertex, .imagen:
      let credentials = try GoogleCredentials(file: try vendors.serviceAccount())
      return VertexService(
        client: client, tokens: TokenSource(credentials, client: client),
        project: .init(id: "p", location: "us-central1", base: base), models: models ?? ["gemini-nano-banana-2.1"],
        imagen: self == .imagen ? "imagen-3.0-capability-001" : nil, pool: pool)
    case .fal:
      return FalService(
        client: client, key: key, base: base, background: models?.first ?? "fal-ai/birefnet/v2",
        eraser: "fal-ai/bria/eraser", pool: pool)
    case .rembg: return RembgService(client: client, base: base, model: "u2netp", pool: pool)
    case .iopaint: return IOPaintService(client: client, base: base, pool: pool)
    }
  }

  /// A step that the service does, with a mask.
  var kind: StepType {
    switch self {
    case .iopaint, .imagen: .remove
    default: .extract
    }
  }
}

enum Shared {
  /// What no message may ever show.
  static let canary = "canary-4711-never-shown"
  static let client = Result { try HTTPClient() }
  static let pool = BlockingPool(label: "scenehf.tests", width: 2)

  /// The calls that the fake vendors saw under a scenario, oldest first: method and path.
  static func calls(scenario: String) async throws -> [String] {
    try await FakeVendors.shared().calls(scenario: scenario).map { "\($0.method) \($0.path)" }
  }
}

/// A picture with a thing to extract or remove, and what the service made of it at the picture's own pixels.
struct Trial {
  let picture: Picture
  let mask: Mask
  let answer: ImageAnswer
  let placed: Picture

  init(
    _ service: any ImageService, _ kind: StepType, size: Size = Size(width: 400, height: 300), masked: Bool = true,
    change: (Picture) -> Picture = { $0 }
  ) async throws {
    let radius = max(2, min(size.width, size.height) / 5)
    let drawn = Drawn.disc(size, radius: radius, x: size.width * 2 / 5, y: size.height / 2)
    picture = change(drawn.picture)
    mask = drawn.mask.grown(by: 3)
    let request = ImageRequest(
      kind: kind, picture: picture, mask: masked ? mask : nil,
      prompt: kind == .remove ? "Remove the red disc." : "Extract only the red disc.")
    answer = try await service.perform(request)
    let raw = try decodePicture(answer.file).picture
    placed = try #require(
      service.placement(of: request, model: answer.model).map { $0.placed(raw, onto: drawn.picture) } ?? raw)
  }

  /// The share of the disc's pixels that the layer has, and of the others that it has none of.
  var layerShares: (kept: Double, left: Double) {
    let matte = Matte(ofAnswer: placed)
    let rgb = picture.eightBitRGB()
    var (kept, left, disc) = (0, 0, 0)
    for pixel in matte.alpha.indices {
      let isDisc = rgb[pixel * 3] > 160
      disc += isDisc ? 1 : 0
      if isDisc, matte.alpha[pixel] >= 128 { kept += 1 }
      if !isDisc, matte.alpha[pixel] < 128 { left += 1 }
    }
    return (Double(kept) / Double(disc), Double(left) / Double(matte.alpha.count - disc))
  }

  /// The largest difference of the disc's place from the wall's colour, at the disc's inner half.
  var wallDifference: Int {
    let plate = picture.plate(filledFrom: placed, in: mask).eightBitRGB()
    var largest = 0
    for pixel in mask.values.indices where mask.values[pixel] != 0 {
      let wall = [120, 140, 160]
      for channel in 0..<3 { largest = max(largest, abs(Int(plate[pixel * 3 + channel]) - wall[channel])) }
    }
    return largest
  }
}

extension Mask {
  /// Every pixel within `reach` (Chebyshev) of one that is on.
  func grown(by reach: Int) -> Mask {
    var grey = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width where values[y * width + x] != 0 {
        for row in max(0, y - reach)...min(height - 1, y + reach) {
          for column in max(0, x - reach)...min(width - 1, x + reach) { grey[row * width + column] = 255 }
        }
      }
    }
    return Mask(width: width, height: height, thresholding: grey)
  }
}

/// The error of a call that must fail.
func failure(
  of service: any ImageService, _ kind: StepType = .extract, model: String? = nil
) async throws -> ServiceError {
  let drawn = Drawn.disc(Size(width: 200, height: 150), radius: 30, x: 80, y: 75)
  let request = ImageRequest(
    kind: kind, picture: drawn.picture, mask: drawn.mask, prompt: "Extract only the red disc.", model: model)
  do throws(ServiceError) {
    _ = try await service.perform(request)
    Issue.record("\(service.name) answered")
    return ServiceError(.stop, "")
  } catch {
    return error
  }
}
