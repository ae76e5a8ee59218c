import CPango

/// Text as ink, set by Pango in the machine's sans-serif font: any script, from either side.
struct Lettering {
  private(set) var width = 0
  private(set) var height = 0
  /// How much of each pixel is ink, 0...255, top row first.
  private(set) var ink: [UInt8] = []

  /// `size` is the font's in pixels; a line is about 1.2 times as high. Text that is wider than `width` pixels is
  /// broken between words, and cut with an ellipsis after so many lines. Without Pango there is no ink.
  init(_ text: String, size: Int, isBold: Bool = false, within width: Int? = nil, lines: Int = 1) {
    var set = cpango_ink()
    guard cpango_set(text, Int32(size), isBold ? 1 : 0, Int32(width.map { max(1, $0) } ?? 0), Int32(lines), &set) == 1
    else { return }
    defer { cpango_free(set.values) }
    self.width = Int(set.width)
    height = Int(set.height)
    ink = Array(UnsafeBufferPointer(start: set.values, count: self.width * height))
  }
}
