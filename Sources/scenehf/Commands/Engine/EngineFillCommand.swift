import ArgumentParser
import Engine
import FoundationEssentials
import Imaging

/// `scenehf engine fill`: the hole filler alone.
struct EngineFillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fill", abstract: "Fill what a mask marks from its surroundings, without the folder.",
    discussion: """
      White (128 and more) in MASK is filled; everything else stays bit-equal.
      Prints the CPU and wall seconds of the filling as one JSON document.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(help: ArgumentHelp("The picture.", valueName: "PICTURE")) var picture: String
  @Argument(help: ArgumentHelp("The mask, of the picture's size.", valueName: "MASK")) var mask: String
  @Option(name: .customLong("output"), help: ArgumentHelp("The PNG file to write.", valueName: "FILE")) var output:
    String

  func run() async throws {
    let source = try decodePicture([UInt8](try Data(contentsOf: URL(filePath: picture)))).picture
    let hole = try Mask(decoding: [UInt8](try Data(contentsOf: URL(filePath: mask))), expecting: source.size)
    let start = Clocks.now
    let plate = try Engine(files: EngineFiles(runtime: nil, model: nil)).fill(source, hole: hole, attempt: 0)
    let spent = Clocks.now - start
    try Data(encodePNG(plate, preset: .fast)).write(to: URL(filePath: output))
    print("{\"cpu\": \(spent.cpu), \"wall\": \(spent.wall)}")
  }
}
