import Foundation
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Serving

/// The page in a real browser, against the real service.
@Suite(.enabled(if: Browser.isInstalled, "Chromium is not installed: apt-get install chromium"))
struct PageTests {
  @Test func `a person sends a picture, watches it, paints a mask, retries, accepts and takes the result home`()
    async throws
  {
    try await Server.run { server in
      let folder = server.root.removingLastComponent()
      let picture = folder.appending("most of it.png").string
      // Two thirds of it are object: more than a layer may have.
      try Data(try plainPicture(width: 320, height: 240, share: 0.85)).write(to: URL(fileURLWithPath: picture))
      try await Browser.run { browser in
        try await browser.visit("http://127.0.0.1:\(server.port)/")
        try await browser.sees("the page is live", "document.querySelector('.connection.live')")
        try await browser.photograph("1-empty")

        try await browser.choose([picture], in: "#files")
        try await browser.sees(
          "the job is in the list", "document.querySelector('.job')?.textContent.includes('most of it.png')")
        try await browser.photograph("2-arrived")
        try await browser.sees("its layer waits", "document.querySelector('.step.NEEDS_REVIEW')")
        try await browser.sees(
          "the step that waits is chosen", "document.querySelector('.step.NEEDS_REVIEW[aria-current]')")
        try await browser.sees("the picture is shown", "document.querySelector('#stage img')?.naturalWidth === 320")
        try await browser.photograph("3-needs-you")
        try await browser.sees("problems are marked", "document.querySelector('[data-value=problems]:not(:disabled)')")
        try await browser.press("4")
        try await browser.sees(
          "the problems are shown", "document.querySelector('#stage img.problems')?.naturalWidth === 320")
        try await browser.photograph("4-problems")

        try await browser.press("1")
        try await browser.sees("the source is shown", "document.querySelector('#stage img.source')?.complete")
        try await browser.click("#mask-paint")
        try await browser.sees("there is something to paint on", "document.querySelector('canvas.mask')")
        try await paint(browser)
        try await browser.sees(
          "something is painted",
          "document.querySelector('#actions').textContent.includes('Retry sends the painted mask')")
        try await browser.photograph("5-mask")
        let job = try #require(try await server.get("/api/jobs").json()["0"]?["id"]?.text)
        try await browser.click("#retry")
        try await eventually("the mask was used") {
          try await server.job(job).steps.first { $0.type == .extract }?.maskMode == .manual
        }
        _ = try await server.settled(job)
        try await browser.sees(
          "the layer is done or waits", "document.querySelector('.step.SUCCESS:nth-child(1), .step.NEEDS_REVIEW')")
        try await browser.press("2")
        try await browser.sees("the result is shown", "document.querySelector('#stage img.result')?.complete")
        try await browser.photograph("6-retried")
        if try await server.job(job).status == .paused { try await browser.click("#accept") }
        try await browser.sees("the job is done", "document.querySelector('.job .chip.DONE')")
        try await browser.press("3")
        try await browser.sees("before and after are shown", "document.querySelector('#stage .slide')")
        try await browser.photograph("7-compare")

        try await browser.download(into: folder.string)
        try await browser.click(".crumb button")
        try await browser.sees("the export is offered", "document.querySelector('a[download]')")
        try await browser.photograph("8-done")
        try await browser.click("a[download]")
        try await eventually("the archive has arrived") {
          try FileManager.default.contentsOfDirectory(atPath: folder.string).contains { $0.hasSuffix(".zip") }
        }
        #expect(browser.complaints == [])
        #expect(browser.hosts == ["127.0.0.1"])
      }
    }
  }

  /// A stroke with the mouse across the middle of the picture.
  private func paint(_ browser: Browser) async throws {
    let box = try await browser.value(
      "(() => { const b = document.querySelector('canvas.mask').getBoundingClientRect(); return [b.x, b.y, b.width, b.height] })()"
    )
    let edges = (0..<4).compactMap { box["\($0)"]?.double }
    try #require(edges.count == 4)
    for row in 0..<6 {
      let y = edges[1] + edges[3] * (0.4 + 0.03 * Double(row))
      try await browser.drag((0..<8).map { (edges[0] + edges[2] * (0.35 + 0.04 * Double($0)), y) })
    }
  }

  @Test func `what happens elsewhere shows by itself, and a refusal is read out`() async throws {
    try await Server.run { server in
      try await Browser.run { browser in
        try await browser.visit("http://127.0.0.1:\(server.port)/")
        try await browser.sees("the page is live", "document.querySelector('.connection.live')")
        let job = try await server.settledJob(share: 0.9, named: "elsewhere.png")
        try await browser.sees("it waits for a person", "document.querySelector('.job .chip.PAUSED')")
        try await browser.sees("the title says so", "document.title.startsWith('(1)')")
        let step = try #require(job.steps.first { $0.needsPerson })
        #expect(try await server.post("/api/jobs/\(job.id)/steps/\(step.id)/accept").status == 200)
        try await browser.sees("it is done", "document.querySelector('.job .chip.DONE')")
        #expect(try await server.ask("DELETE", "/api/jobs/\(job.id)").status == 204)
        try await browser.sees("it is gone here too", "!document.querySelector('.job')")
        #expect(browser.complaints == [])
      }
    }
  }

  /// Of everything that can go wrong, the two that have no picture to show.
  @Test func `a drop that is no picture and a job that failed say why, wherever they came in`() async throws {
    try await withProgram { program in
      try program.configure(["presets/odd.yaml": "atempts: 1\n"])
      try await Server.run(program) { server in
        try await Browser.run { browser in
          try await browser.visit("http://127.0.0.1:\(server.port)/")
          try await browser.sees("the page is live", "document.querySelector('.connection.live')")
          let sent = program.folder.appending("text.png")
          try write("no picture", to: sent)
          try await browser.choose([sent.string], in: "#files")
          try await browser.sees(
            "the reason is said", "document.querySelector('.rejection .why')?.textContent.includes('PNG')")
          #expect(try await browser.value("document.querySelector('#said').getAttribute('aria-live')").text == "polite")
          try program.drop(Array(try plainPicture().prefix(60)) + [0], named: "cut off.gif")
          try await browser.sees(
            "a drop in the inbox is there as well", "document.querySelectorAll('.rejection').length === 2")
          try program.drop(try plainPicture(width: 320, height: 240), named: "portrait.png", in: "odd")
          try await browser.sees("the job has failed", "document.querySelector('.job .chip.FAILED')")
          try await browser.click(".job")
          try await browser.sees(
            "why is said", "document.querySelector('.reason.failure')?.textContent.includes('atempts')")
          #expect(try server.said().contains("text.png was not taken."))
          for (width, height) in [(1280, 720), (390, 844)] {
            for dark in [false, true] {
              try await browser.resize(width: width, height: height, dark: dark)
              try await browser.photograph("12-failed-\(width)-\(dark ? "dark" : "light")")
            }
          }
          try await browser.visit("http://127.0.0.1:\(server.port)/")
          try await browser.sees("a late comer sees them", "document.querySelectorAll('.rejection').length === 2")
          try await browser.click(".rejection button")
          try await browser.sees("one is put away", "document.querySelectorAll('.rejection').length === 1")
          #expect(visibleNames(in: server.root.appending("rejected")).count == 2)
          try program.configure(["presets/odd.yaml": "attempts: 1\n"])
          try await browser.click("#try-again")
          try await browser.sees("it goes on", "document.querySelector('.job .chip.DONE')")
          #expect(browser.complaints.allSatisfy { $0.contains("422") })
        }
      }
    }
  }

  @Test func `everything can be reached with the keyboard, has a name, and fits a phone, light and dark`() async throws
  {
    try await Server.run { server in
      let job = try await server.settledJob(share: 0.9, named: "keys.png")
      try await Browser.run { browser in
        try await browser.visit("http://127.0.0.1:\(server.port)/#\(job.id)")
        try await browser.sees("the step is chosen", "document.querySelector('#retry')")
        #expect(try await browser.nameless() == [])
        try await browser.photograph("9-light")
        try await browser.resize(width: 1280, height: 720, dark: true)
        try await browser.photograph("10-dark")
        for key in ["j", "k", "m"] { try await browser.press(key) }
        try await browser.sees("painting has begun", "document.querySelector('canvas.mask')")
        try await browser.press(" ")
        try await browser.sees(
          "the brush paints by key", "document.querySelector('#actions').textContent.includes('Retry sends')")
        try await browser.press("a")
        try await eventually("accepted by key") { try await server.job(job.id).status == .done }
        for (width, height) in [(1280, 720), (390, 844)] {
          try await browser.resize(width: width, height: height)
          try await browser.sees("nothing is wider than the screen", "document.documentElement.scrollWidth <= \(width)")
        }
        try await browser.photograph("11-phone")
        #expect(browser.complaints == [])
      }
    }
  }
}
