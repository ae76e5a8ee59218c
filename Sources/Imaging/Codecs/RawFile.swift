/// What a codec found in a file, before it is made an upright RGB picture.
struct RawFile {
  var format: PictureFormat
  /// As stored, before orientation.
  var size: Size
  /// 3 (RGB, or grey repeated) or 4 (with alpha, or CMYK).
  var channels: Int
  /// Bits a channel in the file: 1, 2, 4, 8 or 16.
  var sourceBitDepth: Int
  var samples: Picture.Samples
  var colours = Colours.rgb
  /// The ICC profile, empty if there is none.
  var profile: [UInt8] = []
  var profileIsDamaged = false
  /// A TIFF block, empty if there is none.
  var exif: [UInt8] = []
  /// What the format itself says; where it says nothing, the EXIF block may.
  var density: Picture.Density?
  var orientation: Int?
  var trailing = 0
  var notes: [String] = []
  var lost: [String] = []

  static let lostHDR = "HDR brightness (PQ or HLG values are taken as they stand)"

  enum Colours {
    case rgb
    /// Grey, widened to three equal channels.
    case grey
    /// Four inks, 255 is full ink.
    case cmyk
  }

  init(format: PictureFormat, size: Size, channels: Int, sourceBitDepth: Int, samples: Picture.Samples) {
    self.format = format
    self.size = size
    self.channels = channels
    self.sourceBitDepth = sourceBitDepth
    self.samples = samples
  }

  /// The picture upright and in RGB. An RGB profile stays with it; pixels of another kind are converted to sRGB.
  consuming func finished() -> DecodedFile {
    let block = ExifBlock(exif)
    let turn = orientation ?? block.orientation
    if trailing > 0 { notes.append("\(trailing) bytes after the end were ignored.") }
    if turn > 1 { notes.append("Turned upright (EXIF orientation \(turn)).") }
    if block.saysMore { lost.append("EXIF data such as camera, date and place (they stay in the source file)") }
    let density = density ?? block.density
    var picture = inRGB()
    picture.density = density
    if picture.transparencyVaries { lost.append("Transparency, in the plate (it lies on white)") }
    return DecodedFile(
      picture: picture.turned(by: turn), format: format, orientation: turn, sourceBitDepth: sourceBitDepth,
      notes: notes, lost: lost)
  }

  private mutating func inRGB() -> Picture {
    let kind = profile.isEmpty ? nil : ProfileKind(of: profile)
    if profileIsDamaged || (kind == nil && !profile.isEmpty) || kind == .other {
      lost.append("ICC profile (it cannot be read; sRGB is assumed)")
    }
    switch colours {
    case .rgb, .grey:
      var picture = Picture(width: size.width, height: size.height, channels: channels, samples: samples)
      samples = .eight([])
      if kind == .rgb { picture.profile = profile }
      guard kind == .grey, colours == .grey else { return picture }
      notes.append("Converted from its grey profile to sRGB.")
      lost.append("Grey ICC profile (layers are in sRGB)")
      return picture.convertedFromGrey(profile) ?? picture
    case .cmyk:
      lost.append("CMYK inks\(profile.isEmpty ? "" : " and their ICC profile") (layers are in sRGB)")
      guard case .eight(let inks) = samples else { preconditionFailure("CMYK is read at 8 bits") }
      if kind == .cmyk, let rgb = rgbFromCMYK(inks, profile: profile) {
        notes.append("CMYK was converted to sRGB by its profile.")
        return Picture(width: size.width, height: size.height, channels: 3, samples: .eight(rgb))
      }
      notes.append("CMYK was converted to RGB without a profile; colours may differ.")
      return Picture(width: size.width, height: size.height, channels: 3, samples: .eight(rgbFromCMYK(inks)))
    }
  }
}
