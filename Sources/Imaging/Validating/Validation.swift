package import Model

/// Checks a whole picture file, every pixel. Never throws: what cannot be decoded is a verdict too.
package func validate(
  _ file: [UInt8], _ request: ValidationRequest, decoding limits: DecodingLimits = DecodingLimits()
) -> ValidationResult {
  do {
    return validate(try decodePicture(file, limits: limits).picture, request)
  } catch {
    return ValidationResult(status: .failed, metrics: ["decodes": false], notes: "\(error)")
  }
}

/// Checks a decoded picture, every pixel.
package func validate(_ picture: Picture, _ request: ValidationRequest) -> ValidationResult {
  var report = Report()
  report.metrics["width"] = .integer(picture.width)
  report.metrics["height"] = .integer(picture.height)
  report.checkOpaque(picture, request)
  report.checkSize(picture, request)
  if report.status == .failed { return report.result }
  switch request.kind {
  case .extract, .backgroundRemove: report.checkLayer(picture, request)
  case .remove: report.checkPlate(picture, request)
  case .reframe: report.checkAspect(picture, request)
  case .analyze, .upscale, .edit: break
  }
  return report.result
}

/// Gathers metrics and findings; the worst finding decides.
private struct Report {
  var metrics: [String: JSONValue] = [:]
  var status = StepStatus.success
  private var notes: [String] = []

  var result: ValidationResult {
    ValidationResult(status: status, metrics: metrics, notes: notes.joined(separator: " "))
  }

  mutating func add(_ found: StepStatus, _ sentence: String) {
    if found == .failed || status == .success { status = found }
    notes.append(sentence)
  }

  mutating func checkOpaque(_ picture: Picture, _ request: ValidationRequest) {
    guard !request.allowsAlpha, request.kind != .analyze, picture.hasAlpha else { return }
    let clear = picture.transparentPixels
    guard clear > 0 else { return }
    metrics["transparent_pixels"] = .integer(clear)
    add(.failed, "\(counted(clear, "pixel")) transparent; this picture must be opaque, on white.")
  }

  mutating func checkSize(_ picture: Picture, _ request: ValidationRequest) {
    guard let source = request.source, request.kind != .reframe, request.kind != .upscale else { return }
    let matches = picture.size == source.size
    metrics["size_match"] = .bool(matches)
    if !matches {
      add(.failed, "The picture is \(picture.size), but the source is \(source.size); nothing is stretched.")
    }
  }

  mutating func checkLayer(_ picture: Picture, _ request: ValidationRequest) {
    let scan = StrictScan(picture, background: request.matte.map { .leftOut(by: $0) } ?? .fromBorder)
    let nonwhite = measureShares(scan)
    metrics["off_white_pixels"] = .integer(scan.offWhite)
    metrics["background_pixels"] = .integer(scan.background)
    // Of the background, the share that is exactly white; 1 where there is none.
    metrics["white_purity"] = .number(
      scan.background == 0 ? 1 : Double(scan.whiteBackground) / Double(scan.background))
    checkShare(nonwhite, scan, request)
    if scan.offWhite > 0 {
      add(
        .needsReview,
        "\(counted(scan.offWhite, "background pixel")) nearly white (240 to 254) more than 3 pixels from the subject; "
          + "the limit is 0.")
    }
    if let around = request.paintedAround { checkSurroundings(around) }
    guard let source = request.source, nonwhite > 0 else { return }
    checkRegistration(
      picture, on: source,
      where: { (request.matte ?? Matte(notBackgroundOf: picture)).interior }, request)
  }

  private mutating func checkSurroundings(_ painted: Double) {
    metrics["painted_around"] = .number((painted * 10_000).rounded() / 10_000)
    guard painted > Matte.mostPaintedAround else { return }
    add(
      .needsReview,
      "\(percent(painted)) of the surroundings was not cleared but painted; the limit is 50%. "
        + "The edge of the layer may not be the edge of the thing.")
  }

  mutating func checkPlate(_ picture: Picture, _ request: ValidationRequest) {
    let scan = StrictScan(picture, background: .unasked)
    let share = measureShares(scan)
    var request = request
    // An object on a white sheet leaves the white sheet.
    let isBare = share < request.limits.minNonwhite || scan.content == 0
    if isBare, request.source?.isWhiteAround(request.mask) == true {
      request.limits.minNonwhite = 0
      metrics["min_nonwhite"] = 0
    }
    checkShare(share, scan, request)
    guard let source = request.source else { return }
    guard let mask = request.mask else {
      return checkRegistration(picture, on: source, where: { Mask(filling: picture.size) }, request)
    }
    let changed = picture.pixels(differingFrom: source, outside: mask)
    metrics["changed_outside_mask"] = .integer(changed)
    if changed > 0 { add(.failed, "\(counted(changed, "pixel")) changed outside the mask; the limit is 0.") }
    checkRegistration(
      picture, on: source,
      where: { Mask(width: mask.width, height: mask.height, thresholding: mask.values.map { 255 - $0 }) }, request)
  }

  /// Shift, scale and drift against the source (DESIGN section 5), as the answer had them or as the picture has them.
  private mutating func checkRegistration(
    _ picture: Picture, on source: Picture, where mask: () -> Mask, _ request: ValidationRequest
  ) {
    guard let found = request.registration ?? picture.registration(on: source, where: mask()) else { return }
    if let shift = found.shift {
      metrics["shift"] = .number(hundredths(shift.length))
      metrics["shift_x"] = .number(hundredths(shift.x))
      metrics["shift_y"] = .number(hundredths(shift.y))
      if shift.length >= Registration.leastShift {
        add(.needsReview, "The picture lies \(shift.words) the source; the limit is 0 pixels.")
      }
    }
    if let scale = found.scale {
      let worst = (scale.x - 1).magnitude > (scale.y - 1).magnitude ? scale.x : scale.y
      metrics["scale"] = .number((worst * 10_000).rounded() / 10_000)
      if scale.error >= Registration.leastScale {
        add(
          .needsReview,
          "The picture is drawn at \(scale.words) of the source's scale; the limit is 100%, give or take 0.1%.")
      }
    }
    metrics["drift"] = .number(hundredths(found.largestDrift))
    metrics["redrawn"] = .number((found.redrawn * 10_000).rounded() / 10_000)
    let isAnotherPicture = found.redrawn > 0.5
    if found.largestDrift > 2, !isAnotherPicture {
      add(.needsReview, "The colours drifted by \(hundredths(found.largestDrift)) levels of 255; the limit is 2.")
    }
    // Without a matte soft edges over white would count as redrawn.
    let isMatteKnown = request.matte != nil || request.registration != nil
    if request.kind != .remove, isMatteKnown, found.redrawn > 0.08 {
      add(
        .needsReview,
        "\(percent(found.redrawn)) of the subject does not look like the source any more; the limit is 8%. "
          + "Where hidden parts were completed on purpose, set colors: provider.")
    }
    // Without a mask the hole itself counts as redrawn, and objects may be half of the picture.
    let most = request.mask == nil ? 0.6 : 0.5
    if request.kind == .remove, found.redrawn > most {
      let what = request.mask == nil ? "the picture" : "what should stay"
      add(
        .needsReview,
        "\(percent(found.redrawn)) of \(what) does not look like the source any more; the limit is \(percent(most)).")
    }
  }

  mutating func checkAspect(_ picture: Picture, _ request: ValidationRequest) {
    let ratio = Double(picture.width) / Double(picture.height)
    let error = abs(ratio - request.aspect)
    metrics["aspect_ratio"] = .number(ratio)
    metrics["aspect_error"] = .number(error)
    if error > 0.03 {
      add(
        .needsReview,
        "The picture is \(rounded(ratio)) times as wide as high; it should be \(rounded(request.aspect)), give or take 0.03."
      )
    }
  }

  /// The share of pixels that are not white, and the same for the top and bottom tenth of the rows.
  private mutating func measureShares(_ scan: StrictScan) -> Double {
    let pixels = scan.white + scan.nearWhite + scan.content
    let share = Double(pixels - scan.white) / Double(max(1, pixels))
    metrics["nonwhite_ratio"] = .number(share)
    metrics["top_band_nonwhite"] = .number(Double(scan.topNonwhite) / Double(max(1, scan.bandPixels)))
    metrics["bottom_band_nonwhite"] = .number(Double(scan.bottomNonwhite) / Double(max(1, scan.bandPixels)))
    metrics["content_pixels"] = .integer(scan.content)
    metrics["near_white_pixels"] = .integer(scan.nearWhite)
    return share
  }

  private mutating func checkShare(_ share: Double, _ scan: StrictScan, _ request: ValidationRequest) {
    let limits = request.limits
    let range = "\(percent(limits.minNonwhite)) to \(percent(limits.maxNonwhite))"
    let sentence = "\(percent(share)) of the picture is not white; this step allows \(range)."
    if scan.content == 0, limits.minNonwhite > 0 {
      add(.failed, "There is nothing in the picture but white and nearly white. " + sentence)
    } else if share < limits.minNonwhite || share > limits.maxNonwhite {
      add(.needsReview, sentence)
    }
  }
}

/// `37 pixels are`, `1 pixel is`.
private func counted(_ count: Int, _ thing: String) -> String {
  count == 1 ? "1 \(thing) is" : "\(count) \(thing)s are"
}

/// A share as people read it: `61.2%`.
private func percent(_ share: Double) -> String {
  let tenths = (share * 1000).rounded() / 10
  if share > 0, tenths == 0 { return "less than 0.1%" }
  return tenths == tenths.rounded() ? "\(Int(tenths))%" : "\(tenths)%"
}

private func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }

/// Adding nothing makes −0 into 0.
private func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 + 0 }

extension Registration.Shift {
  /// `3.0 pixels right of and 0.5 pixels above`.
  fileprivate var words: String {
    func tenths(_ value: Double) -> String { "\((value.magnitude * 10).rounded() / 10) pixels" }
    let sideways = x.magnitude < Registration.leastShift ? nil : "\(tenths(x)) \(x > 0 ? "right" : "left") of"
    let upright = y.magnitude < Registration.leastShift ? nil : "\(tenths(y)) \(y > 0 ? "below" : "above")"
    return [sideways, upright].compactMap { $0 }.joined(separator: " and ")
  }
}

extension Registration.Scale {
  /// `102.0%`, or `102.0% (across) and 99.0% (down)`.
  fileprivate var words: String {
    func tenths(_ value: Double) -> String { "\((value * 1000).rounded() / 10)%" }
    guard (x - y).magnitude >= Registration.leastScale else { return tenths((x + y) / 2) }
    return "\(tenths(x)) (across) and \(tenths(y)) (down)"
  }
}

extension Matte {
  /// Wholly what is not background as seen from the picture's border.
  fileprivate init(notBackgroundOf picture: Picture) {
    let alpha = PixelClasses(picture).background().map { $0 ? UInt8(0) : 255 }
    self.init(width: picture.width, height: picture.height, alpha: alpha)
  }
}
