import Foundation
import Imaging
import SystemPackage
import TestSupport
import Testing

/// The demo of the README: the project's samples on the embedded engine as `Config/install.sh` installs it.
@Suite(.timeLimit(.minutes(20))) struct SampleTests {
  static let samples = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent().appending("Samples")

  /// Where `Config/install.sh` puts it.
  static var engine: String {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["SCENEHF_ENGINE_DIR"], !folder.isEmpty { return folder }
    let data = environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return (data ?? (environment["HOME"] ?? "") + "/.local/share") + "/scenehf/engine"
  }

  @Test func `every sample lands where it belongs, its layers whole and on exact white`() async throws {
    let environment = ["SCENEHF_INCOMPLETE_TIMEOUT": "1", "SCENEHF_ENGINE_DIR": Self.engine]
    try await withProgram(environment) { program in
      try await program.whileWatching {
        let names = try program.names(Self.samples).filter { $0.hasSuffix(".png") || $0.hasSuffix(".jpg") }
        for name in names { try program.drop(try readBytes(Self.samples.appending(name)), named: name) }
        try await eventually("the broken one is rejected") { try await program.status().rejected == 1 }
        let status = try await program.settled(jobs: 5)
        let folders = Dictionary(uniqueKeysWithValues: status.jobs.map { ($0.name, $0.folder) })
        #expect(
          folders == [
            "ball-on-its-side.jpg": "done", "fruit.jpg": "done", "mug.png": "done", "close-up.png": "review",
            "sky.jpg": "review",
          ])
        #expect(try program.rejections().keys.sorted() == ["broken.png"])
        for job in status.jobs where job.folder == "done" { try await check(job, program) }
        let ball = try #require(status.jobs.first { $0.name.hasPrefix("ball") })
        try checkUpright(ball, program)
      }
    }
  }

  /// Source size, exact white, and the command's own verdict, for every layer of a finished job.
  private func check(_ job: Program.Job, _ program: Program) async throws {
    let name = try #require(try program.names(program.path(job, ".")).first { $0.hasPrefix("source.") })
    let source = try decodePicture(readBytes(program.path(job, name))).picture
    let cutouts = try program.names(program.path(job, ".")).filter { $0.hasSuffix(".cutout.png") }
    #expect(!cutouts.isEmpty)
    for cutoutName in cutouts {
      let layerName = cutoutName.replacingOccurrences(of: ".cutout.png", with: ".png")
      let layer = try decodePicture(readBytes(program.path(job, layerName))).picture
      let alpha = try decodePicture(readBytes(program.path(job, cutoutName))).picture.alphaChannel()
      #expect(layer.size == source.size && layer.channels == 3)
      let rgb = layer.eightBitRGB()
      let stained = alpha.indices.count { alpha[$0] == 0 && rgb[($0 * 3)..<($0 * 3 + 3)].contains { $0 != 255 } }
      #expect(stained == 0, "\(job.name) \(layerName)")
      let verdict = try await program.run(
        "check", try program.path(job, layerName).string, "--source", try program.path(job, name).string,
        "--min-nonwhite", "0")
      #expect(verdict.status == 0, "\(verdict.output)")
    }
    let plate = try decodePicture(readBytes(program.path(job, "90-plate.png"))).picture
    #expect(plate.size == source.size)
  }

  /// The ball is a JPEG with EXIF orientation 6: stored on its side, it comes back upright.
  private func checkUpright(_ job: Program.Job, _ program: Program) throws {
    let bytes = try readBytes(program.path(job, "source.jpg"))
    let file = try decodePicture(bytes)
    #expect(file.orientation == 6)
    let stored = try probePicture(bytes).size
    #expect(bytes == (try readBytes(Self.samples.appending(job.name))))
    let plate = try probePicture(readBytes(program.path(job, "90-plate.png"))).size
    #expect(plate == Size(width: stored.height, height: stored.width))
    #expect(stored.width != stored.height)
  }
}
