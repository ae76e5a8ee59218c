import Foundation
import Imaging
import Model
import Testing
import Transport

@testable import ImageServices

/// Against a real `rembg s` with its u2netp weights, where one is named: it needs packages of some hundred megabytes.
///
///     pip install "rembg[cli,cpu]==2.0.86" && rembg s --host 127.0.0.1 --port 7000
///     SCENEHF_TEST_REMBG_URL=http://127.0.0.1:7000 swift test --filter RealRembgTests
struct RealRembgTests {
  private static let address = ProcessInfo.processInfo.environment["SCENEHF_TEST_REMBG_URL"]

  @Test(.enabled(if: address != nil, "SCENEHF_TEST_REMBG_URL names no server"))
  func `a real server removes a real background`() async throws {
    let address = try #require(Self.address)
    let service = RembgService(
      client: try Shared.client.get(), base: try WebAddress(address), model: "u2netp", pool: Shared.pool)
    let sample = URL(filePath: #filePath).appending(path: "../../../Samples/mug.png").standardizedFileURL
    let picture = try decodePicture(Array(Data(contentsOf: sample))).picture
    let request = ImageRequest(kind: .backgroundRemove, picture: picture, prompt: "Remove the background.")
    let answer = try await service.perform(request)
    let raw = try decodePicture(answer.file).picture
    let placement = try #require(service.placement(of: request, model: answer.model))
    let matte = Matte(ofAnswer: try #require(placement.placed(raw, onto: picture)))
    // The mug stands in the middle; the corners are wall.
    #expect(matte.size == picture.size)
    #expect(matte.alpha[picture.height / 2 * picture.width + picture.width * 2 / 5] > 200)
    for corner in [0, picture.width - 1, picture.pixelCount - picture.width, picture.pixelCount - 1] {
      #expect(matte.alpha[corner] < 20)
    }
    let share = Double(matte.alpha.count { $0 >= 128 }) / Double(picture.pixelCount)
    #expect((0.05...0.4).contains(share))
  }
}
