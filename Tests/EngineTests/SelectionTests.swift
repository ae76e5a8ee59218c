import Engine
import Imaging
import Testing

struct SelectionTests {
  /// Red at the left, green in the middle and higher, blue at the right and smaller.
  private let found = [
    SelectionTests.object("Red object", x: 20, y: 60, side: 40), SelectionTests.green,
    SelectionTests.object("Blue object", x: 240, y: 70, side: 30),
  ]
  private static let green = object("Green object", x: 130, y: 20, side: 50)

  private static func object(_ name: String, x: Int, y: Int, side: Int) -> FoundObject {
    let size = 300 * 200
    let mask = Mask(width: 300, height: 200, thresholding: [UInt8](repeating: 0, count: size))
    return FoundObject(
      name: name, matte: Matte(width: 300, height: 200, alpha: mask.values), solid: mask, region: mask,
      box: Box(x: x, y: y, width: side, height: side), share: Double(side * side) / Double(size))
  }

  @Test(arguments: [
    ("only the left one", ["Red object"]), ("Extract the object on the right", ["Blue object"]),
    ("the top object", ["Green object"]), ("the largest", ["Green object"]),
    ("smallest, nothing else", ["Blue object"]),
    ("the second from the left", ["Green object"]), ("the blue thing", ["Blue object"]),
    ("the centre", ["Green object"]), ("the red and the blue one", ["Red object", "Blue object"]),
    ("everything", ["Red object", "Green object", "Blue object"]),
    ("Extract only the blue object on a pure white background.", ["Blue object"]),
    ("everything that lies in front of the red object", ["Red object", "Green object", "Blue object"]),
    ("the blue thing in front of the green one", ["Blue object"]),
    ("a teapot", ["Red object", "Green object", "Blue object"]),
  ])
  func `words choose among what was found`(prompt: String, names: [String]) {
    let selection = Selection(prompt, among: found, in: Size(width: 300, height: 200))
    #expect(selection.objects.map(\.name) == names)
  }

  @Test func `what was understood is said, and what was not`() {
    let size = Size(width: 300, height: 200)
    func understood(_ prompt: String) -> String { Selection(prompt, among: found, in: size).understood }
    #expect(understood("only the left one") == "Understood: left. Taken: red object.")
    #expect(understood("the left cup") == "Understood: left. Taken: red object. Not understood: cup.")
    #expect(
      understood("the largest teal thing")
        == "Understood: largest. Taken: green object. Nothing that was found is teal.")
    #expect(Selection("the cup", among: found, in: size).understood.hasPrefix("No word of the prompt says which"))
    #expect(Selection("the cup", among: [], in: size).understood.hasPrefix("Nothing stands out"))
  }
}
