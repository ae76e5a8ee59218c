import Foundation
import Glibc
import Imaging
import Running
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct HostilePictureTests {
  /// A picture that makes its decoder fail in this way, in a debug build that is told to plant faults.
  private func picture(planted fault: String) throws -> [UInt8] {
    // What follows the end of a PNG is ignored, but by the fault.
    try plainPicture() + Array(fault.utf8)
  }

  @Test func `a crash, an endless loop, hunger and an end by the kernel are one rejected picture each`() async throws {
    try await withProgram(["SCENEHF_PLANTED_FAULT": "1"]) { program in
      try await program.whileWatching {
        for fault in ["planted-crash", "planted-loop", "planted-hunger", "planted-kill"] {
          try program.drop(try picture(planted: fault), named: "\(fault).png")
        }
        for number in 1...3 { try program.drop(try plainPicture(), named: "\(number).png") }
        // The endless loop takes ten seconds of a processor that others may want too.
        try await eventually("three are done and four rejected", within: 600) {
          let status = try await program.status()
          return status.done == 3 && status.rejected == 4 && status.inbox == 0
        }
        let reasons = try program.rejections()
        #expect(reasons["planted-crash.png"]?.contains("its decoder crashed") == true)
        #expect(reasons["planted-loop.png"]?.contains("its decoder did not come to an end") == true)
        #expect(reasons["planted-hunger.png"]?.contains("its decoder crashed") == true)
        #expect(reasons["planted-kill.png"]?.contains("not enough memory") == true)
      }
    }
  }

  @Test func `decoders that ended while nothing was to be read cost no picture`() async throws {
    try await withProgram { program in
      let service = try await program.watch()
      for number in 1...4 { try program.drop(try plainPicture(), named: "\(number).png") }
      try await program.settled(jobs: 4)
      // As after half a minute of rest, only sooner.
      let threads = FilePath("/proc/\(service.processID)/task")
      for thread in try program.names(threads) {
        let children = try program.text(threads.appending(thread).appending("children"))
        for child in children.split(separator: " ").compactMap({ pid_t($0) }) { kill(child, SIGKILL) }
      }
      for number in 5...8 { try program.drop(try plainPicture(), named: "\(number).png") }
      let status = try await program.settled(jobs: 8)
      #expect(status.done == 8 && status.rejected == 0)
      service.signal(SIGTERM)
      #expect(try await service.ended().status == 0)
    }
  }

  @Test func `a mask that crashes its decoder is a sentence, and the service lives`() async throws {
    try await withProgram(["SCENEHF_PLANTED_FAULT": "1", "SCENEHF_MAX_NONWHITE": "0.05"]) { program in
      try await program.whileWatching {
        try program.drop(try plainPicture(), named: "plain.png")
        let job = try #require(try await program.settled(jobs: 1).jobs.first)
        let step = try #require(job.step)
        try write(try plainMask() + Array("planted-crash".utf8), to: try program.path(job, "\(step).mask.png"))
        try await eventually("it is said in the folder") {
          try program.text(try program.path(job, "\(step).status.txt")).contains("its decoder crashed")
        }
        #expect(try await program.status().state == "running")
      }
    }
  }
}

@Suite struct PictureDecoderTests {
  private let decoder = PictureDecoder(command: [Child.executable, "decode-for-parent"])

  @Test(arguments: [8, 16])
  func `what a child decodes is what this process decodes`(_ depth: Int) throws {
    let count = 40 * 30 * 4
    var picture = Picture(
      width: 40, height: 30, channels: 4,
      samples: depth == 8
        ? .eight((0..<count).map { UInt8($0 % 251) }) : .sixteen((0..<count).map { UInt16($0 * 13 % 65_521) }))
    picture.density = Picture.Density(x: 11_811, y: 11_811)
    let file = try encodePNG(picture, preset: .fast)
    let here = try decodePicture(file)
    for _ in 0..<3 {
      let there = try decoder.decode(file, limits: DecodingLimits())
      #expect(there.picture == here.picture)
      #expect(there.notes == here.notes && there.sourceBitDepth == here.sourceBitDepth)
    }
    #expect(try decoder.examine(file, limits: DecodingLimits()).size == here.picture.size)
  }

  @Test func `a refusal comes back as it was, and the child goes on`() throws {
    let file = try plainPicture()
    for _ in 0..<2 {
      #expect(throws: ImagingError.truncated(.png)) {
        try decoder.decode(Array(file.prefix(file.count - 20)), limits: DecodingLimits())
      }
      #expect(throws: ImagingError.self) { try decoder.decode(headerOnly, limits: DecodingLimits()) }
      #expect(try decoder.decode(file, limits: DecodingLimits()).picture.width == 64)
    }
  }

  @Test func `many threads decode at once within the budget`() async throws {
    let narrow = PictureDecoder(command: [Child.executable, "decode-for-parent"], pixels: 64 * 48)
    let file = try plainPicture()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 { group.addTask { try narrow.decode(file, limits: DecodingLimits()).picture.width } }
      for try await width in group { #expect(width == 64) }
    }
  }

  @Test func `a picture is read however many files are open`() throws {
    let file = try plainPicture()
    var open: [Int32] = []
    defer { for descriptor in open { close(descriptor) } }
    // The descriptors that a child is handed pass through every number on the way.
    while (open.last ?? 0) < 110 {
      open.append(dup(0))
      guard let last = open.last, last > 90 else { continue }
      let fresh = PictureDecoder(command: [Child.executable, "decode-for-parent"])
      #expect(try fresh.decode(file, limits: DecodingLimits()).picture.width == 64, "with descriptor \(last) open")
    }
  }

  @Test func `a program that is no decoder is an error in words, not a hang`() throws {
    let nothing = PictureDecoder(command: ["/bin/true"])
    #expect(throws: ImagingError.self) { try nothing.decode(try plainPicture(), limits: DecodingLimits()) }
    let missing = PictureDecoder(command: ["/nowhere/scenehf"])
    #expect(throws: RunningError.noDecoder(ENOENT)) {
      try missing.decode(try plainPicture(), limits: DecodingLimits())
    }
  }
}
