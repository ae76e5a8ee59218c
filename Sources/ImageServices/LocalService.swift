package import Blocking
package import Engine
import Imaging
import Model
import Transport

/// The embedded engine as an image service: offline, free, on this machine's CPU.
///
/// It does not understand words. The mask says what to work on; the prompt is recorded with the run, and a
/// further try uses another recipe of the engine instead of another wording.
package struct LocalService: ImageService {
  package let name = "local"
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
        let picture = try LocalService.answer(request, engine: engine)
        return ImageAnswer(file: try encodePNG(picture, preset: .fast), model: engine.modelName)
      } catch let error as ServiceError {
        throw error
      } catch {
        throw ServiceError(.askPerson, "\(error)")
      }
    }
  }

  private static func answer(_ request: ImageRequest, engine: Engine) throws -> Picture {
    switch request.kind {
    case .extract:
      let matte = try engine.matte(in: request.picture, within: request.mask, attempt: request.attempt)
      return request.picture.cutout(matte)
    case .backgroundRemove:
      let matte = try engine.matte(in: request.picture, within: nil, attempt: request.attempt)
      return request.picture.cutout(matte)
    case .remove:
      return try engine.fill(request.picture, hole: try hole(of: request, engine: engine), attempt: request.attempt)
    case .analyze, .reframe, .upscale, .edit:
      throw ServiceError(
        .askPerson,
        "The embedded engine does not offer \(request.kind.rawValue). Name another provider in the edit file, or skip.")
    }
  }

  /// What a REMOVE fills: the mask as given, or all that stands out with its shadow.
  private static func hole(of request: ImageRequest, engine: Engine) throws -> Mask {
    if let mask = request.mask { return mask }
    let matte = try engine.matte(in: request.picture, within: nil, attempt: request.attempt)
    let object = Mask(width: matte.width, height: matte.height, thresholding: matte.alpha)
    return try engine.growOverShadow(object, in: request.picture)
  }
}
