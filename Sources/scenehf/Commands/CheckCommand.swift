import ArgumentParser
import FoundationEssentials
import Imaging
import Model

/// `scenehf check IMAGE`: the validator alone.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check one picture as a layer, plate, cut-out or reframed picture: every pixel.",
    discussion: """
      Every pixel is looked at, as after every step. What is compared with SOURCE: size, shift, scale, colours.

      EXAMPLES
        scenehf check car.png --source street.jpg
        scenehf check plate.png --source street.jpg --kind plate
        scenehf check car.png --source street.jpg --max-nonwhite 0.35 --json

      EXIT STATUS
        0   it passes      2   a person should look at it      1   it fails
      """)

  /// What the picture is checked as.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case extract
    case plate
    case cutout
    case reframe

    var step: StepType {
      switch self {
      case .extract: .extract
      case .plate: .remove
      case .cutout: .backgroundRemove
      case .reframe: .reframe
      }
    }
  }

  @OptionGroup var options: GlobalOptions
  @Argument(help: ArgumentHelp("The picture to check.", valueName: "IMAGE")) var image: String
  @Option(help: ArgumentHelp("The picture it was made from.", valueName: "SOURCE")) var source: String
  @Option(help: "What it should be: extract, plate, cutout or reframe.") var kind: Kind = .extract
  @Option(
    name: .customLong("min-nonwhite"),
    help: ArgumentHelp("The smallest share of pixels that are not white, 0 to 1.", valueName: "X"))
  var minNonwhite: Double?
  @Option(
    name: .customLong("max-nonwhite"),
    help: ArgumentHelp("The largest share of pixels that are not white, 0 to 1.", valueName: "Y"))
  var maxNonwhite: Double?
  @Option(help: ArgumentHelp("For a plate: outside this mask nothing may differ from SOURCE.", valueName: "MASK"))
  var mask: String?
  @Flag(help: "Print one JSON document.") var json = false

  func validate() throws {
    for share in [minNonwhite, maxNonwhite].compactMap({ $0 }) where !(0...1).contains(share) {
      throw ValidationError("Shares are numbers from 0 to 1; \(share) is not.")
    }
  }

  func run() async throws {
    let result = try verdict(try options.settings())
    if json {
      try Output.json(result)
    } else {
      print(result.passed ? "Passes." : result.notes)
      for (name, value) in result.metrics.sorted(by: { $0.key < $1.key }) { print("  \(name) \(value.plain)") }
    }
    switch result.status {
    case .success: return
    case .needsReview: throw ExitCode(2)
    default: throw ExitCode(1)
    }
  }

  private func verdict(_ settings: Settings) throws -> ValidationResult {
    let limits = DecodingLimits(maxPixels: settings.maxPixels, maxBytes: settings.maxFileBytes)
    var request = ValidationRequest(kind: kind.step, limits: settings.limits(for: kind.step))
    request.limits.minNonwhite = minNonwhite ?? request.limits.minNonwhite
    request.limits.maxNonwhite = maxNonwhite ?? request.limits.maxNonwhite
    request.allowsAlpha = kind == .cutout
    request.aspect = settings.reframeAspect
    do {
      let original = try decodePicture(try contents(of: source), limits: limits).picture
      request.source = original
      request.mask = try mask.map { try Mask(decoding: try contents(of: $0), expecting: original.size) }
    } catch let error as ImagingError {
      return ValidationResult(status: .failed, notes: "\(source): \(error)")
    }
    return Imaging.validate(try contents(of: image), request, decoding: limits)
  }

  private func contents(of path: String) throws -> [UInt8] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      complain("\(path) cannot be read. Check the name.")
      throw ExitCode(1)
    }
    return Array(bytes)
  }
}

extension JSONValue {
  /// A scalar as people read it.
  fileprivate var plain: String {
    switch self {
    case .bool(let value): value ? "yes" : "no"
    case .integer(let value): "\(value)"
    case .number(let value): "\((value * 1_000_000).rounded() / 1_000_000)"
    case .string(let value): value
    case .null, .array, .object: ""
    }
  }
}
