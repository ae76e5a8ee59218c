package import Blocking
package import Engine
package import Imaging
package import Model
import Transport

/// The embedded engine as an image service: offline, free, on this machine's CPU.
///
/// The mask says what to work on; without one, the prompt's words for place, size, order and colour choose among
/// what stands out. A further try uses another recipe of the engine instead of another wording.
package struct LocalService: ImageService {
  /// The name in `image_provider`.
  package static let provider = "local"
  package let name: String = provider
  package let isPaid = false
  private let engine: Engine
  private let pool: BlockingPool

  /// `pool` bounds how many pictures are worked on at once, and so the memory.
  package init(engine: Engine, pool: BlockingPool) {
    self.engine = engine
    self.pool = pool
  }

  package var defaultModel: String { engine.modelName }

  package func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    let engine = engine
    return try await pool.run { () throws(ServiceError) in
      do {
        let (picture, note) = try LocalService.answer(request, engine: engine)
        return ImageAnswer(file: try encodePNG(picture, preset: .fast), model: engine.modelName, note: note)
      } catch {
        throw LocalService.fault(error)
      }
    }
  }

  /// The same answer as a picture, for who needs no file of it.
  package func picture(for request: ImageRequest) async throws(ServiceError) -> Picture {
    let engine = engine
    return try await pool.run { () throws(ServiceError) in
      do {
        return try LocalService.answer(request, engine: engine).0
      } catch {
        throw LocalService.fault(error)
      }
    }
  }

  private static func fault(_ error: any Error) -> ServiceError {
    error as? ServiceError ?? ServiceError(.askPerson, "\(error)")
  }

  package func offers(_ kind: StepType, hasMask: Bool) -> Bool {
    switch kind {
    case .extract, .remove, .backgroundRemove, .reframe: true
    case .analyze, .upscale, .edit: false
    }
  }

  /// The picture, and what was understood of the prompt where its words had to choose.
  private static func answer(_ request: ImageRequest, engine: Engine) throws -> (Picture, note: String?) {
    let picture = request.picture
    switch request.kind {
    case .extract:
      let (matte, note) = try matte(of: request, engine: engine)
      return (picture.cutout(matte), note)
    case .backgroundRemove:
      return (picture.cutout(try engine.matte(in: picture, within: nil, attempt: request.attempt)), nil)
    case .remove:
      let (hole, note) = try hole(of: request, engine: engine)
      let foreign = request.guide.map { Mask($0) }
      return (try engine.fill(picture, hole: hole, besides: foreign, attempt: request.attempt), note)
    case .reframe:
      return (try engine.reframe(picture, to: request.aspect, attempt: request.attempt), nil)
    case .analyze, .upscale, .edit:
      throw ServiceError(
        .askPerson,
        "The embedded engine does not offer \(request.kind.rawValue). Name another provider in the edit file, or skip.")
    }
  }

  /// What an EXTRACT keeps: what the planner saw, softly and then with a hard edge, where nothing has changed since;
  /// else what the mask marks; without a mask what the prompt's words choose.
  private static func matte(of request: ImageRequest, engine: Engine) throws -> (Matte, note: String?) {
    guard let mask = request.mask else { return try chosen(by: request, engine: engine) }
    guard let seen = request.guide, seen.size == request.picture.size, !request.maskIsManual else {
      return (try engine.matte(in: request.picture, within: mask, attempt: request.attempt), nil)
    }
    // The mask of a planner is generous, so its own edge, the engine's third recipe, is none for a layer.
    switch request.attempt % 3 {
    case 0: return (seen.limited(to: mask), nil)
    // A pale thing's soft edge looks like haze on white; an edge of the source's own colours does not.
    case 1: return (Matte(width: seen.width, height: seen.height, alpha: Mask(seen).values).limited(to: mask), nil)
    default: return (try engine.matte(in: request.picture, within: mask, attempt: 1), nil)
    }
  }

  /// What a REMOVE fills: the mask as given, or what the prompt's words choose, or all that stands out; the latter
  /// two with their shadows, and never what the guide says is to stay.
  private static func hole(of request: ImageRequest, engine: Engine) throws -> (Mask, note: String?) {
    if let mask = request.mask { return (mask, nil) }
    let kept = request.guide.map { Mask($0) }
    let (matte, note) = try kept.map { try others(than: $0, request, engine) } ?? chosen(by: request, engine: engine)
    return (try engine.growOverShadow(Mask(matte), in: request.picture, besides: kept), note)
  }

  /// The objects that the prompt's words choose beside the one that stays; without a word all that lie in front of it,
  /// or all there are.
  private static func others(than kept: Mask, _ request: ImageRequest, _ engine: Engine) throws -> (Matte, String) {
    let found = try engine.findObjects(in: request.picture)
    let isKept = found.map { $0.solid.subtracting(kept).count * 2 < $0.solid.count }
    let others = zip(found, isKept).filter { !$1 }.map(\.0)
    guard !others.isEmpty else {
      throw ServiceError(
        .askPerson, "Nothing else stands out that could be removed first. Mark it with plate_mask, or choose retry.")
    }
    let inFront = Array(found.prefix(isKept.firstIndex(of: true) ?? 0))
    let selection = Selection(request.prompt, among: others, in: request.picture.size)
    let chosen =
      selection.isChoice || inFront.isEmpty
      ? selection : Selection(request.prompt, among: inFront, in: request.picture.size)
    return (chosen.matte(of: request.picture.size), chosen.understood)
  }

  /// The objects that the prompt's words choose, or all that stands out.
  private static func chosen(by request: ImageRequest, engine: Engine) throws -> (Matte, note: String) {
    let picture = request.picture
    let selection = Selection(request.prompt, among: try engine.findObjects(in: picture), in: picture.size)
    let matte =
      selection.isChoice
      ? selection.matte(of: picture.size) : try engine.matte(in: picture, within: nil, attempt: request.attempt)
    return (matte, selection.understood)
  }
}
