import FoundationEssentials
import Imaging
import Model
import Running
import Storage
import SystemPackage
import Testing

/// What lies in `done/`: DESIGN section 7.
@Suite struct DeliverablesTests {
  private static let planner = SpokenPlanner(
    steps: steps(
      (.extract, "Red thing", "Extract the red."), (.remove, "Remove red", "Remove the red."),
      (.extract, "Green <thing> & co", "Extract the green."), (.remove, "Remove green", "Remove the green.")))

  /// 16 bits, Display P3, 300 pixels per inch.
  private static func deepScene() -> Picture {
    var picture = scene(.red, .green).at(depth: 16).converted(to: displayP3)
    picture.density = Picture.Density(x: 11_811, y: 11_811)
    return picture
  }

  private func manifest(_ bench: Bench, _ id: String) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: Data(try bench.bytes(id, "manifest.json")))
  }

  @Test func `a finished job holds everything, each file named in the manifest`() async throws {
    try await withBench(Self.planner) { bench in
      let job = try await bench.run(scene(.red, .green), named: "my scene.png")
      #expect(job.status == .done, "\(job.reason ?? "")")
      let names = try bench.names(job.id)
      let expected: Set = [
        "source.png", "02-red-thing.png", "02-red-thing.cutout.png", "04-green-thing-co.png",
        "04-green-thing-co.cutout.png", "90-plate.png", "my scene.ora", "my scene.psd", "contact-sheet.png",
        "report.html", "rebuild-difference.png", "manifest.json", "status.txt",
      ]
      #expect(names == expected)
      let listed = try manifest(bench, job.id)
      #expect(listed["layered_files"] == .array([.string("my scene.ora"), .string("my scene.psd")]))
      #expect(listed["rebuild_psnr"]?.double ?? 0 >= 45 && listed["rebuild_max_error"]?.double ?? 99 <= 1)
      #expect(listed["lost"] == .array([]))
      guard case .array(let layers)? = listed["layers"] else { return #expect(Bool(false), "no layers") }
      #expect(layers.map { $0["name"] } == [.string("Red thing"), .string("Green <thing> & co")])
      #expect(layers.map { $0["order"] } == [.integer(1), .integer(2)])
      for layer in layers {
        guard case .array(let files)? = layer["files"] else { return #expect(Bool(false), "no files") }
        for file in files { #expect(names.contains(file.text ?? "")) }
      }
    }
  }

  @Test func `a finished face that runs again keeps nothing of the first round`() async throws {
    try await withBench(Self.planner) { bench in
      let job = try await bench.run(scene(.red, .green), named: "my scene.png")
      try bench.save(job.id, "shadows.png", scene(.red))
      try bench.save(job.id, "letter.txt", "mine")
      let face = try bench.path(job.id, "status.txt").removingLastComponent()
      try FileManager.default.moveItem(
        atPath: face.string, toPath: bench.store.layout.inbox.appending(job.face).string)
      try Actions(workshop: bench.workshop).runAgain(job.id)
      #expect(try bench.names(job.id) == ["status.txt", "letter.txt"])
    }
  }

  @Test func `16 bits, profile and density reach every picture`() async throws {
    try await withBench(Self.planner) { bench in
      let source = Self.deepScene()
      let job = try await bench.run(source)
      #expect(job.status == .done, "\(job.reason ?? "")")
      for name in ["02-red-thing.png", "02-red-thing.cutout.png", "90-plate.png"] {
        let picture = try bench.picture(job.id, name)
        #expect(
          picture.depth == 16 && picture.profile == source.profile && picture.density == source.density, "\(name)")
      }
      let layer = try bench.picture(job.id, "02-red-thing.png")
      guard case .sixteen(let made) = layer.samples, case .sixteen(let given) = source.samples else {
        return #expect(Bool(false), "not 16 bits")
      }
      let inside = (15 * 48 + 7) * 3
      #expect(made[inside..<inside + 3] == given[inside..<inside + 3] && made[0..<3] == [65_535, 65_535, 65_535])
      let photoshop = try bench.bytes(job.id, "scene.psd")
      #expect(photoshop[22..<24] == [0, 16])
      #expect(try manifest(bench, job.id)["icc_profile"] == .bool(true))
    }
  }

  @Test func `a shadow that went with its object is a file of its own and completes the rebuild`() async throws {
    try await withBench(Self.planner) { bench in
      // The service removes the red; a person's plate takes the shadow with it.
      let shaded = scene(.red, .green).painted([150, 155, 160]) { $0 == Paint.ground.rgb }
      var samples = shaded.eightBitRGB()
      for x in 4..<12 { samples.replaceSubrange((23 * 48 + x) * 3..<(23 * 48 + x) * 3 + 3, with: [100, 103, 106]) }
      let job = try await bench.run(shaded.with(.eight(samples), channels: 3))
      #expect(job.status == .done, "\(job.reason ?? "")")
      #expect(try manifest(bench, job.id)["rebuild_psnr"]?.double ?? 0 >= 45)
    }
  }

  @Test func `the report is one file, says what was done and calls nothing from elsewhere`() async throws {
    try await withBench(Self.planner) { bench in
      let job = try await bench.run(scene(.red, .green), named: "<b>me&you.png")
      let report = try bench.text(job.id, "report.html")
      #expect(report.contains("&lt;b&gt;me&amp;you") && !report.contains("<b>me"))
      #expect(report.contains("Green &lt;thing&gt; &amp; co") && report.contains("data:image/png;base64,"))
      #expect(!report.contains("http://") && !report.contains("https://"))
      let sheet = try bench.picture(job.id, "contact-sheet.png")
      #expect(sheet.width > 900 && sheet.height > 600)
    }
  }
}

extension JSONValue {
  fileprivate subscript(key: String) -> JSONValue? {
    guard case .object(let fields) = self else { return nil }
    return fields[key]
  }
}

/// The profile of Display P3 (SMPTE EG 432-1 primaries, D65, the curve of sRGB).
private let displayP3 = [UInt8](
  Data(
    base64Encoded:
      "AAACSGxjbXMEQAAAbW50clJHQiBYWVogB+oACwAYAAcAAwAYYWNzcEFQUEwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPbWAAEA"
      + "AAAA0y1sY21zAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAALZGVzYwAAAQgAAAA0Y3BydAAA"
      + "ATwAAABMd3RwdAAAAYgAAAAUY2hhZAAAAZwAAAAsclhZWgAAAcgAAAAUYlhZWgAAAdwAAAAUZ1hZWgAAAfAAAAAUclRSQwAAAgQA"
      + "AAAgZ1RSQwAAAgQAAAAgYlRSQwAAAgQAAAAgY2hybQAAAiQAAAAkbWx1YwAAAAAAAAABAAAADGVuVVMAAAAYAAAAHABSAEcAQgAg"
      + "AGIAdQBpAGwAdAAtAGkAbm1sdWMAAAAAAAAAAQAAAAxlblVTAAAAMAAAABwATgBvACAAYwBvAHAAeQByAGkAZwBoAHQALAAgAHUA"
      + "cwBlACAAZgByAGUAZQBsAHlYWVogAAAAAAAA9tYAAQAAAADTLXNmMzIAAAAAAAEMQgAABd7///MlAAAHkwAA/ZD///uh///9ogAA"
      + "A9wAAMBuWFlaIAAAAAAAAIPfAAA9v////7tYWVogAAAAAAAAKDgAABELAADIuVhZWiAAAAAAAABKvwAAsTcAAAq5cGFyYQAAAAAA"
      + "AwAAAAJmZgAA8qcAAA1ZAAAT0AAACltjaHJtAAAAAAADAAAAAK4UAABR7AAAQ9cAALCkAAAmZgAAD1w=") ?? Data())
