import Imaging
import Model
import Testing

@Suite struct DrawingTests {
  @Test func `problems are marked where they are, and the verdict is written underneath`() throws {
    let layer = picture(480, 300) { x, y in
      if x == 40, y == 40 { return (250, 250, 250) }
      return (200..<300).contains(x) && (100..<200).contains(y) ? (90, 60, 30) : (255, 255, 255)
    }
    let verdict = validate(layer, ValidationRequest(kind: .extract))
    let marked = layer.problems(of: verdict, matte: nil)
    #expect(marked.width == 480 && marked.height > 300)
    let haze = marked.rgb(40, 40)
    #expect(haze[0] > 200 && haze[1] < 60 && haze[2] > 180)
    #expect(marked.rgb(250, 150) == [90, 60, 30])
    #expect(marked.rgb(5, 150) == [255, 255, 255])
  }

  @Test func `too much is framed red, too little amber`() {
    var tooMuch = ValidationRequest(kind: .extract)
    tooMuch.limits.maxNonwhite = 0.1
    let full = picture(200, 100) { _, _ in (10, 10, 10) }
    var verdict = validate(full, tooMuch)
    verdict.metrics["max_nonwhite"] = .number(0.1)
    let red = full.problems(of: verdict, matte: nil).rgb(0, 0)
    #expect(red[0] > 200 && red[1] < 60)
    let little = picture(200, 100) { x, y in x == 100 && y == 50 ? (0, 0, 0) : (255, 255, 255) }
    var thin = validate(little, ValidationRequest(kind: .extract))
    thin.metrics["min_nonwhite"] = .number(0.01)
    #expect(little.problems(of: thin, matte: nil).rgb(0, 0) == [255, 170, 0])
  }

  @Test func `a shift and a scale are shown by arrows, longer than they are`() {
    let layer = picture(480, 300) { x, y in
      (200..<300).contains(x) && (100..<200).contains(y) ? (90, 60, 30) : (255, 255, 255)
    }
    var verdict = validate(layer, ValidationRequest(kind: .extract))
    #expect(blue(layer.problems(of: verdict, matte: nil)).isEmpty)
    verdict.metrics.merge(["shift_x": 3, "shift_y": 0]) { _, new in new }
    let shifted = blue(layer.problems(of: verdict, matte: nil))
    #expect(shifted.contains { $0.x < 50 } && shifted.contains { $0.x > 430 })
    verdict.metrics.merge(["shift_x": 0, "scale": 1.02]) { _, new in new }
    let scaled = blue(layer.problems(of: verdict, matte: nil))
    #expect(!scaled.isEmpty && scaled != shifted)
  }

  private func blue(_ picture: Picture) -> [Corner] {
    (0..<300).flatMap { y in (0..<picture.width).map { Corner(x: $0, y: y) } }
      .filter { picture.rgb($0.x, $0.y) == [20, 80, 230] }
  }

  private struct Corner: Equatable {
    var x: Int
    var y: Int
  }

  @Test func `what changed outside the mask is marked, and where the mask ends`() {
    let before = picture(480, 300) { _, _ in (120, 140, 160) }
    let after = picture(480, 300) { x, y in x == 40 && y == 40 ? (0, 0, 0) : (120, 140, 160) }
    let mask = Mask(
      width: 480, height: 300, thresholding: (0..<480 * 300).map { $0 % 480 >= 200 && $0 % 480 < 300 ? 255 : 0 })
    var request = ValidationRequest(kind: .remove)
    (request.source, request.mask) = (before, mask)
    let verdict = validate(after, request)
    #expect(verdict.metrics["changed_outside_mask"] == 1)
    let marked = after.problems(of: verdict, matte: nil, input: before, mask: mask)
    #expect(marked.rgb(41, 40)[0] < 60 && marked.rgb(41, 40)[2] > 200)
    #expect(marked.rgb(199, 150) == [20, 170, 90])
    #expect(marked.rgb(250, 150) == [120, 140, 160])
  }

  @Test(arguments: ["спорт", "東京", "עברית", "한국어"])
  func `a name is written in its own script`(_ name: String) {
    func header(_ title: String) -> [UInt8] { ContactSheet(title: title, subtitle: "").drawn().eightBitRGB() }
    let (written, unknown) = (header(name), header(String(repeating: "?", count: name.count)))
    let (isWritten, isItself) = (written != header(""), written != unknown)
    #expect(isWritten && isItself)
  }

  @Test func `a long sentence is broken within its picture, and a very long one is cut`() {
    func sheet(_ line: String) -> Picture {
      var sheet = ContactSheet(title: "t", subtitle: "s")
      sheet.add(picture(400, 300) { _, _ in (200, 200, 200) }, .init("Layer", line))
      return sheet.drawn()
    }
    let (short, long) = (sheet("word"), sheet(String(repeating: "word ", count: 200)))
    #expect(short.size == long.size)
    let right = (0..<long.height).map { long.rgb(long.width - 2, $0) }
    #expect(Set(right).count == 1)
  }

  @Test func `findings are boxed and named`() {
    let plain = picture(480, 300) { _, _ in (128, 128, 128) }
    let marked = plain.marked(with: [Finding(label: "cup", box: Box(x: 100, y: 100, width: 80, height: 60))])
    #expect(marked.rgb(100, 130) == [230, 30, 50])
    #expect(marked.rgb(140, 130) == [128, 128, 128])
  }
}
