/// Something a planner found in a picture, for showing it.
package struct Finding: Sendable, Hashable {
  package var label: String
  package var box: Box

  package init(label: String, box: Box) {
    self.label = label
    self.box = box
  }
}

extension Picture {
  /// The picture with a numbered, labelled box around each finding, front to back.
  package func marked(with findings: [Finding]) -> Picture {
    let colours: [Canvas.Colour] = [.red, .cyan, .green, .amber, .magenta]
    let words = findings.enumerated().map { "\($0.offset + 1) \($0.element.label)" }
    let sentence = findings.isEmpty ? "Nothing stands out from the background." : words.joined(separator: "   ")
    let legend = Legend([Legend.Entry(sentence)], width: width)
    var canvas = Canvas(self, legendRows: legend.height)
    let thickness = max(2, max(width, height) / 300)
    for (index, finding) in findings.enumerated() {
      let colour = colours[index % colours.count]
      canvas.outline(finding.box, colour, thickness: thickness)
      label("\(index + 1) \(finding.label)", at: finding.box, colour, size: legend.size, on: &canvas)
    }
    legend.draw(on: &canvas, top: height)
    return canvas.picture
  }

  /// A tag at the box's top left corner, moved inside the picture where it would stick out.
  private func label(_ text: String, at box: Box, _ colour: Canvas.Colour, size: Int, on canvas: inout Canvas) {
    let text = Lettering(text, size: size, within: width - size)
    let tag = Box(
      x: max(0, min(box.x, width - text.width - size)), y: max(0, box.y - text.height), width: text.width + size,
      height: text.height)
    canvas.fill(tag, colour)
    canvas.draw(text, x: tag.x + size / 2, y: tag.y, .white)
  }
}
