// What Config/bench/pixels.py measures of this project, one thing a process: CPU seconds of every repetition and what came
// of it, as one line of JSON.
//
//   pixel-bench bare|decode|check|check-alone|write FILE REPEATS      check also takes FILE's matte, FILE.matte.png
//   pixel-bench psd FILE LAYERS OUTPUT                                peak memory instead of seconds

import CPNG
import FoundationEssentials
import Glibc
import Imaging
import Model

func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The largest resident size so far, in megabytes.
func peakMegabytes() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1024
}

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

/// libpng alone, into memory that was asked for anew as any reader does.
func decodeBare(_ file: [UInt8]) {
  var image = cpng_image()
  var reader: OpaquePointer?
  file.withUnsafeBufferPointer { file in
    guard cpng_open(file.baseAddress, file.count, .max, &image, &reader) == CPNG_OK else { return }
    let pixels = malloc(Int(image.width) * Int(image.height) * Int(image.channels) * Int(image.depth) / 8)
    precondition(cpng_read(reader, pixels) == CPNG_OK, "the file does not decode")
    free(pixels)
  }
  cpng_close(reader)
}

func measured(_ repeats: Int, _ work: () throws -> Int) rethrows -> String {
  var (seconds, result): ([Double], Int) = ([], 0)
  for _ in 0..<repeats {
    let start = processorSeconds()
    result = try work()
    seconds.append(processorSeconds() - start)
  }
  return "{\"seconds\": \(seconds), \"result\": \(result)}"
}

/// A Photoshop file of so many copies of a layer over its plate, as the service writes one: layer by layer.
func writePhotoshop(_ layer: Picture, layers: Int, to path: String) throws -> String {
  let plate = layer.overWhite()
  let base = peakMegabytes()
  guard let file = fopen(path, "w+") else { return "{}" }
  defer { fclose(file) }
  let sink = ByteSink(
    append: { bytes in _ = fwrite(bytes, 1, bytes.count, file) },
    patch: { bytes, offset in
      fseek(file, offset, SEEK_SET)
      _ = fwrite(bytes, 1, bytes.count, file)
      fseek(file, 0, SEEK_END)
    })
  let names = (0...layers).map { (name: "Layer \($0)", hasAlpha: $0 > 0) }
  var photoshop = try Photoshop(like: plate, layers: names, to: sink)
  try photoshop.add(plate)
  for _ in 0..<layers { try photoshop.add(layer) }
  try photoshop.finish(merged: plate)
  return "{\"base\": \(base), \"peak\": \(peakMegabytes()), \"bytes\": \(ftell(file))}"
}

let arguments = CommandLine.arguments
guard arguments.count > 3, let number = Int(arguments[3]) else { exit(64) }
let file = try bytes(of: arguments[2])
switch arguments[1] {
case "bare":
  print(
    measured(number) {
      decodeBare(file)
      return 0
    })
case "decode": print(try measured(number) { try decodePicture(file).picture.pixelCount })
case "check":
  // As the service checks what it composed: matte and registration are known then.
  var request = ValidationRequest(kind: .extract)
  let matte = try Matte(decoding: bytes(of: arguments[2] + ".matte.png"))
  request.matte = matte
  print(measured(number) { validate(file, request).metrics["off_white_pixels"]?.double.map { Int($0) } ?? -1 })
case "check-alone":
  let request = ValidationRequest(kind: .extract)
  print(measured(number) { validate(file, request).metrics["off_white_pixels"]?.double.map { Int($0) } ?? -1 })
case "write":
  let picture = try decodePicture(file).picture
  print(try measured(number) { try encodePNG(picture, preset: .compact).count })
case "psd": print(try writePhotoshop(decodePicture(file).picture, layers: number, to: arguments[4]))
default: exit(64)
}
