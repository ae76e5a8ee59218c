import Blocking
import ImageServices
import Imaging
import Model
import Transport

/// A small working image service for flat test pictures: it extracts or removes the paints that the prompt names.
///
/// The words `everything` and `nothing` give an answer that keeps all or no pixels, `small` one of half the size,
/// `refuse` and `busy` a fault of either kind (`busy` only once).
final class PaintService: ImageService {
  let name = "paint"
  let defaultModel = "paint-1"
  let isPaid = false

  private struct State {
    var requests: [ImageRequest] = []
    var saidBusy = false
    var interruption: (@Sendable (Int) async throws -> Void)?
  }

  private let state = Locked(State())

  /// Everything that was asked, in order.
  var requests: [ImageRequest] { state.withLock { $0.requests } }
  var prompts: [String] { requests.map(\.prompt) }

  /// Does `work` in the middle of every call; it is told the number of the call, from 1.
  func during(_ work: @escaping @Sendable (Int) async throws -> Void) {
    state.withLock { $0.interruption = work }
  }

  func perform(_ request: ImageRequest) async throws(ServiceError) -> ImageAnswer {
    // What is remembered must not hold on to the store behind it.
    var remembered = request
    remembered.keepTicket = { _ in }
    let (number, isFirstBusy) = state.withLock { [remembered] state in
      state.requests.append(remembered)
      let isFirst = request.prompt.contains("busy") && !state.saidBusy
      state.saidBusy = state.saidBusy || isFirst
      return (state.requests.count, isFirst)
    }
    do {
      try await state.withLock { $0.interruption }?(number)
      if isFirstBusy { throw ServiceError(.tryLater(after: 0.01), "Busy. Wait.") }
      if request.prompt.contains("refuse") { throw ServiceError(.askPerson, "The paint has run out. Buy some.") }
      return ImageAnswer(file: try encodePNG(answer(to: request), preset: .fast), model: defaultModel)
    } catch let error as ServiceError {
      throw error
    } catch {
      throw ServiceError(.askPerson, "\(error)")
    }
  }

  private func answer(to request: ImageRequest) -> Picture {
    let picture = request.picture
    let named = Paint.allCases.filter { request.prompt.contains($0.rawValue) }.map(\.rgb)
    if request.prompt.contains("everything") { return picture }
    if request.prompt.contains("nothing") { return picture.painted(white) { _ in true } }
    if request.prompt.contains("small") { return picture.scaledDown(to: picture.width / 2) }
    switch request.kind {
    case .remove: return picture.painted(Paint.ground.rgb) { named.contains($0) }
    case .backgroundRemove: return picture.painted(white) { $0 == Paint.ground.rgb }
    default: return picture.painted(white) { !named.contains($0) }
    }
  }
}
