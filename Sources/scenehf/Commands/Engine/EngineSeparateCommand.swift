import ArgumentParser
import Blocking
import Engine
import FoundationEssentials
import Glibc
import ImageServices
import Imaging
import Model
import Planning

/// `scenehf engine separate`: planner and engine at work on pictures, without folders, checks and reviews.
struct EngineSeparateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "separate", abstract: "Write layers, cut-out and plate of pictures, without the folder.",
    discussion: """
      For every PICTURE a folder of its name in DIR with layer_1.png, layer_2.png …
      (with alpha, front to back), cutout.png (all of them), plate.png, and
      seconds.json: CPU and wall seconds from the decoded picture to the last layer
      and plate. Nothing is validated; use run for results to rely on.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(help: ArgumentHelp("The pictures.", valueName: "PICTURE")) var pictures: [String]
  @Option(help: ArgumentHelp("The folder to write into.", valueName: "DIR")) var into: String

  func run() async throws {
    let engine = Engine(files: .found(environment: ProcessInfo.processInfo.environment))
    let separation = Separation(
      engine: engine, pool: BlockingPool(label: "scenehf.engine", width: 1), settings: try options.settings())
    for path in pictures {
      let bytes = try Data(contentsOf: URL(filePath: path))
      let picture = try decodePicture([UInt8](bytes)).picture
      let stem = URL(filePath: path).deletingPathExtension().lastPathComponent
      let folder = URL(filePath: into).appending(path: stem)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try await separation.run(picture, into: folder)
      print("\(path): \(folder.path(percentEncoded: false))")
    }
  }
}

/// One picture taken apart.
private struct Separation {
  let engine: Engine
  let pool: BlockingPool
  let settings: Settings

  func run(_ picture: Picture, into folder: URL) async throws {
    let start = Clocks.now
    let planner = LocalPlanner(engine: engine, pool: pool)
    let service = LocalService(engine: engine, pool: pool)
    let limits: [StepType: ValidationLimits] = [.extract: .layer, .remove: .plate]
    var scene = try await planner.plan(
      PlanningRequest(picture: picture, maxLayers: settings.maxLayers, limits: limits))
    var plate = picture
    var union = Matte(
      width: picture.width, height: picture.height, alpha: [UInt8](repeating: 0, count: picture.pixelCount))
    var layers: [[UInt8]] = []
    for step in scene.plan.steps where step.type != .analyze {
      // Each mask is needed once, and as large as the picture.
      let mask = scene.masks.removeValue(forKey: step.id)
      var request = ImageRequest(kind: step.type, picture: plate, mask: mask?.mask, prompt: step.prompt)
      request.guide = mask?.guide
      let answer = try await service.picture(for: request)
      if step.type == .remove {
        plate = answer
      } else {
        let matte = Matte(ofAnswer: answer)
        union = union.over(matte)
        layers.append(try encodePNG(plate.foregroundColours(under: matte).cutout(matte), preset: .fast))
      }
    }
    let spent = Clocks.now - start
    for (number, layer) in layers.enumerated() {
      try Data(layer).write(to: folder.appending(path: "layer_\(number + 1).png"))
    }
    let cutout = picture.foregroundColours(under: union).cutout(union)
    try Data(encodePNG(cutout, preset: .fast)).write(to: folder.appending(path: "cutout.png"))
    try Data(encodePNG(plate.overWhite(), preset: .fast)).write(to: folder.appending(path: "plate.png"))
    try Data("{\"cpu\": \(spent.cpu), \"wall\": \(spent.wall)}\n".utf8).write(
      to: folder.appending(path: "seconds.json"))
  }
}

extension Matte {
  /// Both kept: 1 − (1 − a)(1 − b).
  fileprivate func over(_ other: Matte) -> Matte {
    var both = self
    for pixel in alpha.indices {
      both.alpha[pixel] = UInt8(255 - (255 - Int(alpha[pixel])) * (255 - Int(other.alpha[pixel])) / 255)
    }
    return both
  }
}

/// What this process has used, in seconds.
struct Clocks {
  let cpu: Double
  let wall: Double

  static var now: Clocks {
    Clocks(cpu: seconds(CLOCK_PROCESS_CPUTIME_ID), wall: seconds(CLOCK_MONOTONIC))
  }

  static func - (after: Clocks, before: Clocks) -> Clocks {
    Clocks(cpu: after.cpu - before.cpu, wall: after.wall - before.wall)
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
