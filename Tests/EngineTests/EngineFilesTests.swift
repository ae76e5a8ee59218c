import Engine
import Foundation
import Imaging
import Testing

struct EngineFilesTests {
  private let picture = PaintedScene(64, 48, .texture).picture
  private var installed: EngineFiles { Engines.complete.files }

  @Test func `the network is installed where the tests run`() {
    #expect(installed.isComplete)
    #expect(["u2netp", "u2net"].contains(Engines.complete.modelName))
  }

  @Test func `the full network is preferred where it is installed`() throws {
    try withTemporaryFolder { folder in
      for name in ["libonnxruntime.so", "u2netp.onnx", "u2net.onnx"] {
        try Data(name.utf8).write(to: folder.appending(path: name))
        let files = EngineFiles.found(environment: ["SCENEHF_ENGINE_DIR": folder.path()])
        if name != "libonnxruntime.so" { #expect(files.model?.hasSuffix(name) == true) }
      }
    }
  }

  @Test func `SCENEHF_MODEL names another model`() throws {
    try withTemporaryFolder { folder in
      let model = folder.appending(path: "own net.onnx")
      try FileManager.default.copyItem(at: URL(filePath: try #require(installed.model)), to: model)
      let files = EngineFiles.found(
        environment: ["SCENEHF_ENGINE_DIR": installed.folder, "SCENEHF_MODEL": model.path(percentEncoded: false)])
      let engine = Engine(files: files)
      #expect(engine.modelName == "own net")
      let scene = PaintedScene(200, 150, .gradient, discs: PaintedScene.discs(1, width: 200, height: 150))
      #expect(try engine.findObjects(in: scene.picture).count == 1)
    }
  }

  @Test func `a folder without files is said, with the command that fills it`() throws {
    try withTemporaryFolder { folder in
      let files = EngineFiles.found(environment: ["SCENEHF_ENGINE_DIR": folder.path()])
      #expect(!files.isComplete)
      #expect(files.report.contains(folder.path()))
      #expect(files.report.hasSuffix("Run \"bash Config/engine.sh\" to install it."))
    }
  }

  @Test func `the user's data folder is looked into by default`() {
    #expect(EngineFiles.found(environment: ["HOME": "/home/a"]).folder == "/home/a/.local/share/scenehf/engine")
    #expect(EngineFiles.found(environment: ["HOME": "/h", "XDG_DATA_HOME": "/d"]).folder == "/d/scenehf/engine")
  }

  @Test func `a damaged model file is a sentence with a remedy`() throws {
    try withTemporaryFolder { folder in
      let whole = try Data(contentsOf: URL(filePath: try #require(installed.model)))
      for bytes in [Data(), Data("not a network".utf8), whole.prefix(whole.count / 2)] {
        let model = folder.appending(path: "damaged.onnx")
        try bytes.write(to: model)
        let engine = Engine(files: EngineFiles(runtime: installed.runtime, model: model.path()))
        let error = #expect(throws: EngineError.self) { try engine.findObjects(in: picture) }
        let sentence = try #require(error?.description)
        #expect(sentence.contains("damaged.onnx"))
        #expect(sentence.contains("Config/engine.sh"))
      }
    }
  }

  @Test func `a library that is no ONNX Runtime is a sentence`() throws {
    try withTemporaryFolder { folder in
      let library = folder.appending(path: "libonnxruntime.so")
      try Data("not a library".utf8).write(to: library)
      let engine = Engine(files: EngineFiles(runtime: library.path(), model: installed.model))
      let error = #expect(throws: EngineError.self) { try engine.findObjects(in: picture) }
      #expect(error?.description.contains("libonnxruntime.so") == true)
    }
  }

  @Test func `a network of another family is a sentence, not a crash`() throws {
    try withTemporaryFolder { folder in
      let model = folder.appending(path: "other.onnx")
      try TinyNetwork.identity(shape: [1, 3, 8, 8]).write(to: model)
      let engine = Engine(files: EngineFiles(runtime: installed.runtime, model: model.path()))
      let error = #expect(throws: EngineError.self) { try engine.findObjects(in: picture) }
      #expect(error?.description.hasSuffix("Name another model in SCENEHF_MODEL, or none.") == true)
    }
  }

  @Test func `a network whose answer has another size is a sentence, not a crash`() throws {
    try withTemporaryFolder { folder in
      let model = folder.appending(path: "other.onnx")
      try TinyNetwork.identity(shape: [1, 3, 320, 320]).write(to: model)
      let engine = Engine(files: EngineFiles(runtime: installed.runtime, model: model.path()))
      let error = #expect(throws: EngineError.self) { try engine.findObjects(in: picture) }
      #expect(error?.description.contains("307200") == true)
    }
  }
}

/// A whole ONNX file with one Identity node, written field by field (onnx.proto, IR version 8, opset 13).
enum TinyNetwork {
  static func identity(shape: [Int]) -> Data {
    let node = text(1, "x") + text(2, "y") + text(4, "Identity")
    let graph = field(1, node) + text(2, "g") + field(11, value("x", shape)) + field(12, value("y", shape))
    let opset = number(2, 13)
    return Data(number(1, 8) + field(7, graph) + field(8, opset))
  }

  /// ValueInfoProto: a float tensor.
  private static func value(_ name: String, _ shape: [Int]) -> [UInt8] {
    let dimensions = shape.flatMap { field(1, number(1, $0)) }
    let tensor = number(1, 1) + field(2, dimensions)
    return text(1, name) + field(2, field(1, tensor))
  }

  private static func text(_ tag: Int, _ text: String) -> [UInt8] { field(tag, Array(text.utf8)) }

  private static func field(_ tag: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(tag << 3 | 2) + varint(bytes.count) + bytes
  }

  private static func number(_ tag: Int, _ value: Int) -> [UInt8] { varint(tag << 3) + varint(value) }

  private static func varint(_ value: Int) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 128 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
