import Imaging
import Testing

@Suite struct PictureFormatTests {
  @Test func `the content decides, whatever the name says`() throws {
    #expect(PictureFormat.detect(try encodePNG(noise(2, 2), preset: .fast)) == .png)
    #expect(PictureFormat.detect(try encodeJPEG(noise(2, 2), quality: 80)) == .jpeg)
    #expect(PictureFormat.detect(Fixtures.webpLossy) == .webp)
    #expect(PictureFormat.detect(Fixtures.tiffSixteenBigEndian) == .tiff)
    #expect(PictureFormat.detect(Fixtures.heic) == .heic && PictureFormat.detect(Fixtures.avif) == .avif)
    #expect(PictureFormat.detect([]) == nil)
    #expect(PictureFormat.detect(Array("RIFF\0\0\0\0WAVE".utf8)) == nil)
  }

  @Test(arguments: [
    ("", "an empty file"), ("GIF89a", "a GIF picture"), ("%PDF-1.7", "a PDF document"),
    ("8BPS\0\u{1}", "a Photoshop file"),
    ("PK\u{3}\u{4}", "a ZIP archive or an office document"), ("<svg xmlns=", "an SVG drawing"),
    ("Dear diary,\n", "a text file"), ("RIFF\0\0\0\0WAVE", "an audio or video file"),
    ("\0\0\0\u{18}ftypisom", "a video"), ("\u{1}\u{2}\u{3}", "a file of another kind"),
  ])
  func `a file of another kind is named in words`(content: String, words: String) {
    #expect(PictureFormat.guess(Array(content.utf8)) == words)
    let error = imagingError { try decodePicture(Array(content.utf8)) }
    #expect(error == .notAPicture(guess: words))
    #expect("\(ImagingError.notAPicture(guess: words))".contains(words))
  }

  @Test func `a header is enough to know the size`() throws {
    let png = try encodePNG(noise(31, 7), preset: .fast)
    #expect(try probePicture(Array(png.prefix(26))).size == Size(width: 31, height: 7))
    let jpeg = try encodeJPEG(noise(31, 7), quality: 80)
    #expect(try probePicture(jpeg).format == .jpeg)
    #expect(try probePicture(jpeg).size == Size(width: 31, height: 7))
    #expect(try probePicture(Array(Fixtures.webpAnimated.prefix(40))).size == Size(width: 16, height: 16))
    #expect(imagingError { try probePicture(Array(png.prefix(20))) } == .truncated(.png))
  }
}
