import Blocking
import FoundationEssentials
import Glibc
import ImageServices
import Imaging
import Model
import Planning
import Running
import Storage
import SystemPackage

/// A real storage root with everything that runs jobs on it, and the hands of a person in its folders.
struct Bench {
  let store: JobStore
  let workshop: Workshop
  let runner: Runner
  let service: PaintService

  /// `services` stand in the place of the one paint service.
  init(
    _ store: JobStore, _ planner: SpokenPlanner, services: [any ImageService]? = nil,
    models: [any PlanningModel] = [], _ change: (inout Settings) -> Void = { _ in }
  ) throws {
    self.store = store
    var settings = try Settings(SettingLayers(home: store.layout.root.string))
    settings.imageProvider = "paint"
    change(&settings)
    service = PaintService()
    workshop = Workshop(
      book: JobBook(store: store), settings: settings, planner: planner, planningModels: models,
      services: services ?? [service], pool: BlockingPool(label: "tests", width: 4), notice: { _ in })
    runner = Runner(workshop: workshop)
  }

  /// Makes a job of the picture and works until nothing is left to do.
  func run(_ picture: Picture, named name: String = "scene.png") async throws -> Job {
    let id = try drop(picture, named: name)
    return try await settle(id)
  }

  /// Makes a job of the picture; nothing runs yet.
  func drop(_ picture: Picture, named name: String = "scene.png") throws -> String {
    let path = store.layout.inbox.appending(name)
    try DurableWrite.write(try encodePNG(picture, preset: .fast), to: path)
    guard let drop = try store.drop(at: path),
      case .job(let job) = try Intake(workshop: workshop).take(drop, unchangedFor: 0)
    else { throw Errno.invalidArgument }
    return job.id
  }

  /// Works until nothing is left to do.
  @discardableResult
  func settle(_ id: String) async throws -> Job {
    try await runner.run(untilIdle: true)
    return try store.load(id)
  }

  /// Looks at what a person did, as the service does after a save, and works on.
  @discardableResult
  func afterSave(_ id: String) async throws -> Job {
    if try EditDesk(workshop: workshop).look(at: id) { store.enqueue(id) }
    return try await settle(id)
  }

  // MARK: - The face

  func face(_ id: String) throws -> Face { store.face(of: try store.load(id)) }

  func path(_ id: String, _ file: String) throws -> FilePath {
    let face = try face(id)
    guard let folder = try face.folder() else { throw Errno.noSuchFileOrDirectory }
    return store.layout.folder(folder).appending(face.name).appending(file)
  }

  func names(_ id: String) throws -> Set<String> { Set(try face(id).names().filter { !$0.hasPrefix(".") }) }

  func text(_ id: String, _ file: String) throws -> String {
    String(decoding: try bytes(id, file), as: UTF8.self)
  }

  func bytes(_ id: String, _ file: String) throws -> [UInt8] {
    guard let bytes = try face(id).read(file, limit: 1 << 24) else { throw Errno.noSuchFileOrDirectory }
    return bytes
  }

  func picture(_ id: String, _ file: String) throws -> Picture { try decodePicture(bytes(id, file)).picture }

  /// A person's save: the file is cut to nothing and written anew, as most editors do.
  func save(_ id: String, _ file: String, _ bytes: some Sequence<UInt8>) throws {
    let open = try FileDescriptor.open(
      try path(id, file), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    _ = try open.closeAfter { try open.writeAll(bytes) }
  }

  func save(_ id: String, _ file: String, _ text: String) throws { try save(id, file, text.utf8) }

  func save(_ id: String, _ file: String, _ picture: Picture) throws {
    try save(id, file, try encodePNG(picture, preset: .fast))
  }
}

/// Runs `body` with a bench on a fresh root, and removes the root afterwards.
func withBench(
  _ planner: SpokenPlanner, _ change: (inout Settings) -> Void = { _ in }, _ body: (Bench) async throws -> Void
) async throws {
  try await withRoot { try await body(try Bench(JobStore.open(Layout(root: $0.string)).store, planner, change)) }
}

/// Runs `body` with a fresh folder and removes it afterwards.
func withRoot(_ body: (FilePath) async throws -> Void) async throws {
  var template = Array("\(FileManager.default.temporaryDirectory.path)/scenehf-running-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
  let root = FilePath(platformString: template)
  defer { try? FileManager.default.removeItem(atPath: root.string) }
  try await body(root)
}
