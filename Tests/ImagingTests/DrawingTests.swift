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

  @Test func `findings are boxed and named`() {
    let plain = picture(480, 300) { _, _ in (128, 128, 128) }
    let marked = plain.marked(with: [Finding(label: "cup", box: Box(x: 100, y: 100, width: 80, height: 60))])
    #expect(marked.rgb(100, 130) == [230, 30, 50])
    #expect(marked.rgb(140, 130) == [128, 128, 128])
  }
}
