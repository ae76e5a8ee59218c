import Engine
import Foundation
import Imaging
import Testing

/// The engines that the tests share: loading the network once is enough.
enum Engines {
  /// With the network that `bash Config/engine.sh` installs, which the test script does first.
  static let complete = Engine(files: EngineFiles.found(environment: ProcessInfo.processInfo.environment))
  /// As on a machine without the weights.
  static let classic = Engine(files: EngineFiles(runtime: nil, model: nil, folder: "/nowhere"))

  /// One of the project's samples, upright.
  static func sample(_ name: String) throws -> Picture {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let bytes = try Data(contentsOf: root.appending(path: "Samples/\(name)"))
    return try decodePicture([UInt8](bytes)).picture
  }
}

/// Runs `work` with a folder that is gone afterwards.
func withTemporaryFolder<Result>(_ work: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "engine-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try work(folder)
}
