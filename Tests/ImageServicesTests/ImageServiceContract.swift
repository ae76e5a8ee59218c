import Imaging
import Model
import Testing
import Transport

@testable import ImageServices

/// What every image service keeps, the embedded one included: adding a service means one row in `Service`.
struct ImageServiceContract {
  @Test(arguments: Service.allCases)
  func `it has a name for settings and a model`(service: Service) async throws {
    let service = try await service.made()
    #expect(!service.name.isEmpty && service.name.allSatisfy { $0.isLowercase || $0.isNumber })
    #expect(!service.defaultModel.isEmpty)
  }

  @Test(arguments: Service.allCases)
  func `a layer keeps the thing, in its place, and nothing else`(service: Service) async throws {
    let service = try await service.made()
    guard service.offers(.extract, hasMask: true) else { return }
    let trial = try await Trial(service, .extract)
    #expect(trial.placed.size == trial.picture.size)
    #expect(trial.layerShares.kept > 0.97)
    #expect(trial.layerShares.left > 0.99)
  }

  @Test(arguments: Service.allCases)
  func `a background removal needs no mask`(service: Service) async throws {
    let service = try await service.made()
    guard service.offers(.backgroundRemove, hasMask: false) else { return }
    let trial = try await Trial(service, .backgroundRemove, masked: false)
    #expect(trial.layerShares.kept > 0.97)
    #expect(trial.layerShares.left > 0.99)
  }

  @Test(arguments: Service.allCases)
  func `a plate has the wall where the thing was`(service: Service) async throws {
    let service = try await service.made()
    guard service.offers(.remove, hasMask: true) else { return }
    let trial = try await Trial(service, .remove)
    #expect(trial.placed.size == trial.picture.size)
    #expect(trial.wallDifference <= 12)
  }

  @Test(arguments: Service.allCases)
  func `a reframed picture has the aspect asked for`(service: Service) async throws {
    let service = try await service.made()
    guard service.offers(.reframe, hasMask: false) else { return }
    let trial = try await Trial(service, .reframe, masked: false)
    #expect(abs(Double(trial.placed.width) / Double(trial.placed.height) - 16.0 / 9) < 0.03)
    #expect(trial.placed.height == trial.picture.height)
  }

  @Test(
    arguments: Service.allCases,
    [Size(width: 67, height: 211), Size(width: 900, height: 250), Size(width: 33, height: 30)])
  func `pictures of any shape come back in their own size`(service: Service, size: Size) async throws {
    let made = try await service.made()
    let trial = try await Trial(made, service.kind, size: size)
    #expect(trial.placed.size == size)
  }

  @Test(arguments: Service.allCases)
  func `pictures with 16 bits or transparency are taken`(service: Service) async throws {
    let made = try await service.made()
    let deep = try await Trial(made, service.kind) { picture in
      picture.with(.sixteen(picture.eightBitRGB().map { UInt16($0) * 257 }), channels: 3)
    }
    let clear = try await Trial(made, service.kind) { picture in
      picture.cutout(
        Matte(width: picture.width, height: picture.height, alpha: [UInt8](repeating: 255, count: picture.pixelCount)))
    }
    #expect(deep.placed.size == deep.picture.size)
    #expect(clear.placed.size == clear.picture.size)
  }

  @Test(arguments: Service.allCases)
  func `a dozen calls at once answer each its own`(service: Service) async throws {
    let made = try await service.made()
    let kind = service.kind
    let sizes = try await withThrowingTaskGroup(of: (Int, Size).self) { group in
      for width in stride(from: 60, to: 180, by: 10) {
        group.addTask { (width, try await Trial(made, kind, size: Size(width: width, height: 80)).placed.size) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sizes.count == 12)
    #expect(sizes.allSatisfy { $0.1 == Size(width: $0.0, height: 80) })
  }

  @Test(arguments: Service.allCases)
  func `what it does not offer is said in a sentence with the remedy`(service: Service) async throws {
    let made = try await service.made()
    #expect(!made.offers(.analyze, hasMask: false))
    guard !made.offers(.upscale, hasMask: true) else { return }
    let error = try await failure(of: made, .upscale)
    #expect(error.remedy == .askPerson)
    #expect(error.description.hasSuffix("."))
  }

  @Test(arguments: Service.remote)
  func `a cancelled call ends at once and asks nobody`(service: Service) async throws {
    let made = try await service.made(scenario: "stall")
    let task = Task { try await failure(of: made, service.kind) }
    task.cancel()
    #expect(try await task.value.remedy == .stop)
  }
}
