import FoundationEssentials
import Imaging
import Model

/// A reader of what comes from outside, with what it is fed and what must hold for its answers.
package struct Reader: Sendable {
  /// As in the names of tests and folders.
  package let name: String
  /// Files of `Corpus/` end in this; nil for readers of text, whose first inputs are in `texts`.
  let suffix: String?
  let texts: [[UInt8]]
  let tokens: [[UInt8]]
  /// What kind of answer came, without numbers and names: a new kind is worth changing further. Throws `Broken`.
  let kind: @Sendable ([UInt8]) throws -> String

  /// A promise that was not kept.
  package struct Broken: Error, CustomStringConvertible {
    package let description: String
  }

  package static let all = pictures + [edits, jobs, settings, times]

  var mutation: Mutation { Mutation(tokens: tokens, fitsChecksums: suffix == "png") }

  private init(
    _ name: String, suffix: String? = nil, texts: [String] = [], tokens: [String] = [], raw: [[UInt8]] = [],
    kind: @escaping @Sendable ([UInt8]) throws -> String
  ) {
    self.name = name
    self.suffix = suffix
    self.texts = texts.map { Array($0.utf8) }
    self.tokens = tokens.map { Array($0.utf8) } + raw
    self.kind = kind
  }
}

// MARK: - Pictures

extension Reader {
  private static let pictures = [
    Reader(
      "PNG", suffix: "png",
      tokens: ["IHDR", "IDAT", "IEND", "PLTE", "tRNS", "iCCP", "eXIf", "zTXt", "iTXt", "acTL", "fcTL", "pHYs", "sRGB"],
      kind: decoded),
    Reader(
      "JPEG", suffix: "jpg", tokens: ["Exif\0\0", "ICC_PROFILE\0", "Adobe", "JFIF\0"],
      raw: [
        [0xFF, 0xD8], [0xFF, 0xD9], [0xFF, 0xDA], [0xFF, 0xC0], [0xFF, 0xC2], [0xFF, 0xC4], [0xFF, 0xDD], [0xFF, 0xE1],
        [0xFF, 0xEE], [0xFF, 0xD0],
      ],
      kind: decoded),
    Reader(
      "WebP", suffix: "webp", tokens: ["RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP", "EXIF"],
      kind: decoded),
    Reader(
      "TIFF", suffix: "tif", tokens: ["II*\0", "MM\0*"],
      raw: [
        [0x00, 0x01, 3, 0], [0x01, 0x01, 4, 0], [0x02, 0x01, 3, 0], [0x03, 0x01, 3, 0], [0x06, 0x01, 3, 0],
        [0x11, 0x01, 4, 0], [0x15, 0x01, 3, 0], [0x16, 0x01, 4, 0], [0x1C, 0x01, 3, 0], [0x3D, 0x01, 3, 0],
        [0x42, 0x01, 4, 0], [0x52, 0x01, 3, 0], [0x53, 0x01, 3, 0],
      ],
      kind: decoded),
    Reader(
      "HEIC", suffix: "heic",
      tokens: ["ftyp", "meta", "iloc", "iinf", "iprp", "ipco", "ispe", "irot", "imir", "hvcC", "grid", "auxC", "mdat"],
      kind: decoded),
    Reader(
      "AVIF", suffix: "avif",
      tokens: ["ftyp", "meta", "iloc", "iinf", "iprp", "ipco", "ispe", "irot", "av1C", "pixi", "colr", "auxC", "mdat"],
      kind: decoded),
  ]

  /// Small enough that a header's promise costs no time.
  private static let limits = DecodingLimits(maxPixels: 1 << 18, maxBytes: 1 << 20)

  /// A picture that is what it says, or an error of our own.
  private static let decoded: @Sendable ([UInt8]) throws -> String = { bytes in
    _ = try? probePicture(bytes)
    let file: DecodedFile
    do throws(ImagingError) {
      file = try decodePicture(bytes, limits: limits)
    } catch {
      return plain(["\(error)"])
    }
    let picture = file.picture
    let count =
      switch picture.samples {
      case .eight(let samples): samples.count
      case .sixteen(let samples): samples.count
      }
    guard picture.width > 0, picture.height > 0, [3, 4].contains(picture.channels),
      count == picture.width * picture.height * picture.channels, (1...8).contains(file.orientation)
    else { throw Broken(description: "\(picture.size) with \(count) samples") }
    // What comes in must be able to go out.
    guard (try? encodePNG(picture, preset: .fast)) != nil else {
      throw Broken(description: "it cannot be written again")
    }
    return "\(picture.channels) \(file.sourceBitDepth) \(file.orientation) \(plain(file.notes)) \(plain(file.lost))"
  }

  private static func plain(_ words: [String]) -> String { words.joined().filter { $0.isLetter && $0.isASCII } }
}

// MARK: - Texts

extension Reader {
  private static let planned = PlanStep(
    id: "s", name: "Red car", type: .extract, target: "car", prompt: "a: b\nc", promptVariations: ["x"],
    validate: .layer)

  /// The same bytes mean the same twice, a mask stays in its folder, and limits are shares.
  private static let edits = Reader(
    "edit file",
    texts: [
      EditFile.write(
        Step(planned, index: 1),
        header: EditFile.Header(sourceName: "street.jpg", stepCount: 2, reason: "Too much.")),
      "action: accept\n", "prompt: |\n  two\n  lines\nmask: 02-red-car.mask.png\nmin_nonwhite: 1 %\n",
    ],
    tokens: [
      ":", "- ", "\n", "\t", "\"", "'", "|-\n", ">-\n", "&a ", "*a", "{", "[", "]", "}", "#", "---\n", "...\n",
      "%YAML 1.9\n", "!!binary ", "? ", "\u{FEFF}", "\u{2028}", "\0", "\r", "\u{201C}", "action", "mask: ../x", "1e400",
      "NaN", "-0%", "~",
    ], raw: [[0xFF, 0xFE], [0xFE, 0xFF], [0xC3]]
  ) { bytes in
    let reading = EditFile.read(bytes)
    guard reading == EditFile.read(bytes) else { throw Broken(description: "it means something else the second time") }
    guard case .request(let request, let notes) = reading else { return plain(["\(reading)"]) }
    if case .file(let name) = request.mask, name.utf8.contains(UInt8(ascii: "/")) {
      throw Broken(description: "a mask outside the folder: \(name)")
    }
    for share in [request.minNonwhite, request.maxNonwhite].compactMap(\.self) where !(0...1).contains(share) {
      throw Broken(description: "a share of \(share)")
    }
    return "\(request.action) \(plain(notes.map { "\($0)" }))"
  }

  /// A job that can be written again as the same, or an error.
  private static let jobs = Reader(
    "job.json", texts: [jobFile],
    tokens: [
      "{", "}", "[", "]", ",", ":", "null", "1e999", "-1", "\"\\u0000\"", "99999999999999999999", "\"\\ud800\"", "true",
      "\"../../etc\"", "\"RUNNING\"", "\"index\":",
    ]
  ) { bytes in
    guard let job = try? JSONDecoder().decode(Job.self, from: Data(bytes)) else { return "refused" }
    let again = try JSONDecoder().decode(Job.self, from: try JSONEncoder().encode(job))
    guard again.id == job.id, again.status == job.status, again.steps.count == job.steps.count,
      again.assets.count == job.assets.count
    else { throw Broken(description: "it is another job when it is read again") }
    guard FaceName.isUsable(job.face) else { throw Broken(description: "a face named \(job.face)") }
    _ = (job.settledStatus, job.reason, job.nextRunnable, job.lastPlateAssetID)
    return "\(job.status) \(job.plan == nil) \(job.steps.map(\.status)) \(job.isHeld)"
  }

  private static var jobFile: String {
    var job = Job(
      id: "0b0e8a52-3f9b-4f7e-9a5e-1d7cf1f5c001",
      source: Asset(id: "a", kind: .source, path: "assets/source/a.png", width: 3, height: 2))
    job.plan = Plan(sceneSummary: "s", steps: [planned])
    job.steps = [Step(planned, index: 1)]
    job.steps[0].validation = ValidationResult(status: .needsReview, metrics: ["nonwhite_ratio": 0.5, "painted": true])
    return ((try? JSONEncoder().encode(job)).map { String(decoding: $0, as: UTF8.self) }) ?? ""
  }

  private static let settings = Reader(
    "settings and presets",
    texts: ["attempts: 3\ncolors: source\nignore: []\n", "layers: [car, sky]\nattempts: 2\nmax_nonwhite: 35 %\n"],
    tokens: ["\n", ":", "- ", "[", "]", "{", "&a ", "*a", "1e400", "-1", "auto", "\0", "attempts", "layers", "12:30"]
  ) { bytes in
    var kind = ""
    var layers = SettingLayers(home: "/home/somebody")
    do throws(SettingsError) {
      try SettingsFile.apply(bytes, named: "scenehf.yaml", to: &layers)
      _ = try Preset.read(bytes, named: "preset")
    } catch {
      kind = plain(["\(error)"])
    }
    return kind
  }

  private static let times = Reader(
    "time", texts: ["2025-11-23T20:11:48.123456+01:00"],
    tokens: ["Z", "+", "-", ".", ":", "T", " ", "9999999999", "0", "e", "\u{661}"]
  ) { bytes in
    guard let time = Timestamp(String(decoding: bytes, as: UTF8.self)) else { return "none" }
    // Before that, calendars differ (Foundation changes to the Julian one).
    guard time.milliseconds > 0 else { return "long ago" }
    guard Timestamp(time.description) == time else { throw Broken(description: "\(time) is another time when read") }
    return "a time"
  }
}
