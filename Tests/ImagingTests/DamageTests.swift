import Imaging
import Testing

/// Truncation, damage, trailing bytes and limits, each told apart.
@Suite struct DamageTests {
  private static func whole(_ format: PictureFormat) throws -> [UInt8] {
    let picture = noise(20, 20)
    switch format {
    case .png: return try encodePNG(picture, preset: .fast)
    case .jpeg: return try encodeJPEG(picture, quality: 90)
    case .webp: return Fixtures.webpLossless
    case .tiff: return Fixtures.tiffLZW
    case .heic: return Fixtures.heic
    case .avif: return Fixtures.avif
    }
  }

  @Test(arguments: [PictureFormat.png, .jpeg, .webp])
  func `a file that ends anywhere before its end is truncated`(format: PictureFormat) throws {
    let file = try Self.whole(format)
    #expect(throws: Never.self) { try decodePicture(file) }
    for length in stride(from: 12, to: file.count, by: max(1, file.count / 60)) {
      #expect(throws: ImagingError.truncated(format), "\(length) of \(file.count) bytes") {
        try decodePicture(Array(file.prefix(length)))
      }
    }
    #expect(throws: ImagingError.truncated(format)) { try decodePicture(file.dropLast()) }
  }

  @Test func `a progressive JPEG that lost its last scan is truncated`() {
    let file = Fixtures.jpegProgressive
    for length in [file.count - 40, file.count / 2, file.count - 1] {
      #expect(throws: ImagingError.truncated(.jpeg)) { try decodePicture(Array(file.prefix(length))) }
    }
  }

  @Test(arguments: [PictureFormat.png, .jpeg, .webp, .heic, .avif])
  func `bytes after the end are noted and ignored`(format: PictureFormat) throws {
    let file = try Self.whole(format)
    let decoded = try decodePicture(file + [UInt8](repeating: 7, count: 33))
    #expect(decoded.notes == ["33 bytes after the end were ignored."])
    #expect(decoded.picture == (try decodePicture(file)).picture)
  }

  @Test(arguments: ["IHDR", "IDAT", "pHYs", "sRGB", "IEND"])
  func `a wrong CRC in any chunk is damage, not truncation`(chunk: String) throws {
    var picture = noise(20, 20)
    picture.density = Picture.Density(x: 3000, y: 3000)
    var file = try encodePNG(picture, preset: .fast)
    let name = try #require(file.firstRange(of: Array(chunk.utf8)))
    let length = file[name.lowerBound - 4..<name.lowerBound].reduce(0) { $0 << 8 | Int($1) }
    file[name.upperBound + length] ^= 0xFF
    guard case .damaged(.png, _)? = imagingError({ try decodePicture(file) }) else {
      return #expect(Bool(false), "\(chunk) with a wrong CRC was accepted or called something else")
    }
  }

  @Test func `a JPEG whose pixels are overwritten is damaged`() throws {
    var file = try encodeJPEG(noise(64, 64), quality: 90)
    for index in file.count / 2..<file.count / 2 + 40 { file[index] = 0xFF }
    guard case .damaged(.jpeg, _)? = imagingError({ try decodePicture(file) }) else {
      return #expect(Bool(false), "accepted")
    }
  }

  /// Whatever a byte is changed to, the decoder answers with a picture or with an error of its own.
  @Test(arguments: PictureFormat.allCases)
  func `no changed byte crashes a decoder`(format: PictureFormat) throws {
    let file = try Self.whole(format)
    var dice = Dice(7)
    for _ in 0..<400 {
      var changed = file
      for _ in 0..<Int.random(in: 1...3, using: &dice) {
        changed[Int.random(in: 0..<file.count, using: &dice)] = .random(in: 0...255, using: &dice)
      }
      _ = imagingError { try decodePicture(changed) }
    }
  }

  @Test func `30000 by 30000 pixels are refused from the header alone`() {
    let header = PNGFile(width: 30_000, height: 30_000, colour: .rgb, depth: 8, samples: []).header
    let file = PNGFile.signature + PNGFile.chunk("IHDR", header)
    let expected = ImagingError.tooManyPixels(.png, size: Size(width: 30_000, height: 30_000), limit: 100_000_000)
    #expect(imagingError { try decodePicture(file) } == expected)
    #expect("\(expected)".contains("900 megapixels") && "\(expected)".contains("100"))
  }

  @Test func `a JPEG header can promise too much as well`() throws {
    var file = try encodeJPEG(noise(8, 8), quality: 90)
    let frame = try #require(file.firstRange(of: [0xFF, 0xC0, 0, 17, 8]))
    file.replaceSubrange(frame.upperBound..<frame.upperBound + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
    let size = Size(width: 65_535, height: 65_535)
    #expect(imagingError { try decodePicture(file) } == .tooManyPixels(.jpeg, size: size, limit: 100_000_000))
  }

  @Test func `too many bytes are refused before they are looked at`() {
    let limits = DecodingLimits(maxPixels: 100, maxBytes: 10)
    #expect(
      imagingError { try decodePicture([UInt8](repeating: 0, count: 11), limits: limits) }
        == .tooManyBytes(11, limit: 10))
  }

  @Test func `a chunk that would unpack to gigabytes is no picture's fault`() throws {
    // An iCCP chunk with junk instead of a profile: the picture is fine, the profile is not used.
    var file = PNGFile(width: 1, height: 1, colour: .rgb, depth: 8, samples: [1, 2, 3])
    file.before = [("iCCP", Array("x".utf8) + [0, 0] + PNGFile.stored([UInt8](repeating: 0, count: 4000)))]
    let decoded = try decodePicture(file.bytes)
    #expect(decoded.picture.profile == nil)
    #expect(decoded.picture.rgb(0, 0) == [1, 2, 3])
    #expect(decoded.lost.count == 1)
  }

  /// Junk in place of a profile must not keep the outputs from being written.
  @Test func `an ICC profile that is none is listed as lost`() throws {
    var file = try encodeJPEG(noise(8, 8), quality: 90)
    let junk = Array("ICC_PROFILE\0\u{01}\u{01}".utf8) + [UInt8](repeating: 9, count: 200)
    file.insert(contentsOf: [0xFF, 0xE2, 0, UInt8(junk.count + 2)] + junk, at: 2)
    let decoded = try decodePicture(file)
    #expect(decoded.picture.profile == nil)
    #expect(decoded.lost.count == 1)
    #expect(throws: Never.self) { try encodePNG(decoded.picture, preset: .compact) }
  }
}

/// The error of Imaging that `body` throws; nil if it throws none.
func imagingError<Value>(_ body: () throws -> Value) -> ImagingError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? ImagingError
  }
}
