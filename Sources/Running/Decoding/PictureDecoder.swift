import Blocking
import Glibc
package import Imaging

/// Reads picture files that come from outside: in a child process with limits, so that a file which crashes its
/// decoder, or keeps it busy for ever, costs that file and nothing else.
///
/// Children are kept for the next picture; one that was used before and fails is not believed: the picture is tried
/// once more in a fresh one, and where the kernel ended that for want of memory, once more with nothing else beside it.
/// How many pixels are decoded at once is bounded, whoever asks. Blocks.
package final class PictureDecoder: Sendable {
  /// The program to start, with the arguments that make it serve; nil decodes in this process, for tests.
  private let command: [String]?
  private let idle = Locked<[DecodingChild]>([])
  private let budget: MemoryBudget

  /// Children that are kept when nothing is to be decoded; they end by themselves after a while. As many as are at work
  /// in a rush of drops: to start one takes longer than to take in a small picture.
  private static let mostIdle = 4
  /// A child is replaced after so many pictures, so that what a decoder leaks is not for ever.
  private static let mostPictures = 500

  /// `pixels` may be decoded at the same time; a larger picture is decoded alone.
  package init(command: [String]? = nil, pixels: Int = 100_000_000) {
    self.command = command
    budget = MemoryBudget(pixels)
  }

  /// The whole picture.
  package func decode(_ bytes: [UInt8], limits: DecodingLimits) throws -> DecodedFile {
    guard let command else { return try decodePicture(bytes, limits: limits) }
    let (facts, payload) = try ask(command, DecodingRequest(limits: limits, wantsPixels: true), bytes)
    return try facts.file(payload)
  }

  /// What there is to know of the picture, after it was decoded to its end.
  package func examine(_ bytes: [UInt8], limits: DecodingLimits) throws -> PictureFacts {
    guard let command else { return PictureFacts(try decodePicture(bytes, limits: limits)) }
    return try ask(command, DecodingRequest(limits: limits, wantsPixels: false), bytes).facts
  }

  private func ask(
    _ command: [String], _ request: DecodingRequest, _ bytes: [UInt8]
  ) throws -> (facts: PictureFacts, payload: [UInt8]) {
    // What can be told from the length and the first bytes needs no child.
    guard bytes.count <= request.limits.maxBytes else {
      throw ImagingError.tooManyBytes(bytes.count, limit: request.limits.maxBytes)
    }
    guard let format = PictureFormat.detect(bytes) else {
      throw ImagingError.notAPicture(guess: PictureFormat.guess(bytes))
    }
    var isAlone = false
    for mayBeUsed in [true, false, false] {
      // The second is fresh in any case: children that wait end by themselves, and then all of them have.
      let child = try (mayBeUsed ? idle.withLock { $0.popLast() } : nil) ?? DecodingChild(command)
      let wasUsed = child.pictures > 0
      do {
        let answer = try child.decode(bytes, request, budget, isAlone: isAlone)
        keep(child)
        return answer
      } catch let death as DecodingChild.Death {
        if wasUsed { continue }
        if case .of(let words) = death { throw ImagingError.decoderFailed(format, detail: words) }
        if isAlone { throw ImagingError.outOfMemory }
        isAlone = true
      } catch {
        // It answered, only not with a picture.
        keep(child)
        throw error
      }
    }
    throw ImagingError.decoderFailed(format, detail: "its decoder cannot be kept running")
  }

  private func keep(_ child: DecodingChild) {
    guard child.pictures < Self.mostPictures else { return }
    idle.withLock { idle in
      if idle.count < Self.mostIdle { idle.append(child) }
    }
  }
}
