extension Picture {
  /// Whether what surrounds the mask, or, without one, the picture's border is white or nearly white: less than
  /// 1% of it is content. Then a plate without content is what is really behind the object.
  func isWhiteAround(_ mask: Mask?) -> Bool {
    let classes = PixelClasses(self)
    let mask = mask?.size == size ? mask : nil
    // As wide as 2% of the shorter side.
    let border = max(1, min(width, height) / 50)
    var (pixels, content) = (0, 0)
    for pixel in classes.classes.indices {
      let (x, y) = (pixel % width, pixel / width)
      let isAround =
        mask.map { $0.values[pixel] == 0 }
        ?? (min(x, y, width - 1 - x, height - 1 - y) < border)
      guard isAround else { continue }
      pixels += 1
      if classes.classes[pixel] == PixelClasses.Class.content { content += 1 }
    }
    return pixels > 0 && content * 100 < pixels
  }
}
