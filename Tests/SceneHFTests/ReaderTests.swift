import FakeServices
import Foundation
import Imaging
import Model
import SystemPackage
import TestSupport
import Testing

/// What lies in `done/`, opened by programs that are not ours (Tests/Readers/compare.py): psd-tools, ImageMagick, pyora
/// and pypng, every pixel compared; and the manifest by its schema.
@Suite(.timeLimit(.minutes(20))) struct ReaderTests {
  private static let schema = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()
    .appending("Config/manifest.schema.json")

  private struct Found: Decodable {
    struct Reader: Decodable {
      var layers: Int
      var depth: Int?
    }

    var names: [String]
    var profile: Int
    var psdTools: Reader
    var imagemagick: Reader
    var pyora: Reader

    private enum CodingKeys: String, CodingKey {
      case names, profile, imagemagick, pyora
      case psdTools = "psd_tools"
    }
  }

  /// Runs one picture on the embedded engine and returns its job with what the readers found in its face.
  private func readers(of picture: Picture, named name: String, _ program: Program) async throws -> (Program.Job, Found)
  {
    let file = program.folder.appending(name)
    try write(try encodePNG(picture, preset: .fast), to: file)
    let outcome = try await program.run("run", file.string)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    let job = try #require(try await program.status().jobs.first)
    let printed = try await PythonServer.run(
      "../Readers/compare.sh", [try program.path(job, ".").string, Self.schema.string])
    return (job, try JSONDecoder().decode(Found.self, from: Data(printed.utf8)))
  }

  @Test func `an 8-bit picture's layers are the same in every reader, whatever the name`() async throws {
    try await withProgram { program in
      let scene = StillLife(width: 200, height: 160)
      let (job, found) = try await readers(of: scene.picture(), named: "Grüße & 写真 <1>.png", program)
      #expect(found.names.first == "Plate" && found.names.count >= 3)
      #expect(found.psdTools.depth == 8 && found.imagemagick.depth == 8 && found.profile == 0)
      let names = try program.names(program.path(job, "."))
      #expect(names.contains("Grüße & 写真 <1>.ora") && names.contains("Grüße & 写真 <1>.psd"))
    }
  }

  @Test func `16 bits, Display P3 and 300 dpi reach every deliverable and every reader`() async throws {
    try await withProgram { program in
      var source = StillLife(width: 200, height: 160).picture().at(depth: 16).converted(to: try displayP3())
      source.density = Picture.Density(x: 11_811, y: 11_811)
      let (job, found) = try await readers(of: source, named: "deep.png", program)
      #expect(found.psdTools.depth == 16 && found.imagemagick.depth == 16 && found.profile == source.profile?.count)
      let pictures = try program.names(program.path(job, ".")).filter {
        $0.hasSuffix(".png") && $0 != "contact-sheet.png" && $0 != "rebuild-difference.png"
      }
      #expect(pictures.count >= 6)
      for name in pictures {
        let picture = try decodePicture(readBytes(program.path(job, name))).picture
        #expect(
          picture.depth == 16 && picture.profile == source.profile && picture.density == source.density, "\(name)")
      }
      let manifest = try JSONDecoder().decode(
        [String: JSONValue].self, from: Data(readBytes(program.path(job, "manifest.json"))))
      #expect(manifest["bit_depth"] == .integer(16) && manifest["icc_profile"] == .bool(true))
      #expect(manifest["dpi"]?.double == 300 && manifest["lost"] == .array([]))
    }
  }

  @Test func `what the layers could not keep of a picture is listed, whatever the bytes of its name`() async throws {
    try await withProgram { program in
      let picture = StillLife(width: 200, height: 160).picture()
      try write(try encodePNG(picture, preset: .fast), to: program.folder.appending("a.png"))
      // A name in Latin-1, which is no UTF-8.
      let script = """
        name=$(printf 'caf\\351.jpg')
        convert a.png -colorspace CMYK "$name" && exec "$0" run "$name"
        """
      let outcome = try await program.start(["-c", script, Child.executable], running: "/bin/sh").ended()
      #expect(outcome.status == 0, "\(outcome.complaint)")
      let job = try #require(try await program.status().jobs.first)
      let manifest = try JSONDecoder().decode(
        [String: JSONValue].self, from: Data(readBytes(program.path(job, "manifest.json"))))
      #expect(manifest["lost"] == .array(["CMYK inks (layers are in sRGB)"]))
      #expect(try program.text(program.path(job, "report.html")).contains("CMYK inks (layers are in sRGB)"))
    }
  }

  /// The profile of Display P3, as it is made for a PNG that names these colours by their numbers (cICP 12, 13).
  private func displayP3() throws -> [UInt8] {
    let plain = try encodePNG(Picture(width: 1, height: 1, channels: 3, samples: .eight([1, 2, 3])), preset: .fast)
    // After the signature and IHDR.
    let chunk = pngChunk("cICP", [12, 13, 0, 1])
    return try #require(try decodePicture(plain[..<33] + chunk + plain[33...]).picture.profile)
  }
}
