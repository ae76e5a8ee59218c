/// One dropped picture and everything that became of it: the contents of job.json.
package struct Job: Sendable, Hashable, Identifiable {
  /// A UUID in lower case.
  package var id: String
  package var status: JobStatus = .idle
  /// The SOURCE asset.
  package var sourceImage: String
  package var plan: Plan?
  package var steps: [Step] = []
  package var assets: [String: Asset] = [:]
  package var metadata: [String: JSONValue] = [:]
  package var storageRoot: String?
  package var createdAt: Timestamp
  package var updatedAt: Timestamp
  package var unknown = UnknownKeys()

  /// A job that has just arrived with its source asset.
  package init(id: String, source: Asset, metadata: [String: JSONValue] = [:], now: Timestamp = .now) {
    self.id = id
    sourceImage = source.id
    assets = [source.id: source]
    self.metadata = metadata
    createdAt = now
    updatedAt = now
  }
}

extension Job {
  /// The dropped picture; nil only in a damaged job.json.
  package var source: Asset? { assets[sourceImage] }

  /// The face's name in every folder: `<stem>--<first 8 of the id>`; one name, whatever job.json says.
  package var face: String {
    if let name = metadata["face"]?.text, FaceName.isUsable(name) { return name }
    return FaceName.make(stem: "picture", id: id)
  }

  /// The dropped file's name as people read it; bytes that are not UTF-8 appear as U+FFFD.
  package var sourceName: String { metadata["source_name"]?.text ?? "picture" }

  /// The preset, that is the inbox sub-folder, or nil.
  package var preset: String? { metadata["preset"]?.text }

  /// Where the step with this id is in `steps`.
  package func stepIndex(_ id: String) -> Int? { steps.firstIndex { $0.id == id } }

  /// The plan's description of a step.
  package func planned(_ step: Step) -> PlanStep? { plan?.steps.first { $0.id == step.id } }

  /// What the step works on, in words.
  package func target(of step: Step) -> String { planned(step)?.target ?? step.name }

  /// Whether no run is under way or waiting: the job stays as it is until a person acts.
  package var isSettled: Bool {
    switch status {
    case .done, .paused, .failed, .cancelled: true
    case .idle, .planned, .running: false
    }
  }
}

/// A record in a format that only a newer program knows. What it means is not guessed, and it is left as it is.
package struct NewerFormat: Error, Sendable, Hashable, CustomStringConvertible {
  package let found: Int
  package let known: Int

  package init(found: Int, known: Int) {
    self.found = found
    self.known = known
  }

  package var description: String {
    "It has format \(found), which a newer SceneHF wrote; this one knows formats up to \(known). Update SceneHF."
  }
}

extension Job: Codable {
  /// The format of job.json that is written. Records without a number, as those of the web tool, are of the first.
  package static let format = 1

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case format, id, status, plan, steps, assets, metadata
    case sourceImage = "source_image"
    case storageRoot = "storage_root"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(headOf: container)
    plan = try container.decodeIfPresent(Plan.self, forKey: .plan)
    steps = try container.decodeIfPresent([Step].self, forKey: .steps) ?? []
    assets = try container.decodeIfPresent([String: Asset].self, forKey: .assets) ?? [:]
    storageRoot = container.tolerant(.storageRoot)
    unknown = try UnknownKeys(from: decoder, besides: CodingKeys.self)
  }

  /// As much of the job as its outline tells; what else job.json holds is not even looked at.
  init(outlineFrom decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(headOf: container)
    steps = try container.decodeIfPresent([Step.Outlined].self, forKey: .steps)?.map(\.step) ?? []
  }

  private init(headOf container: KeyedDecodingContainer<CodingKeys>) throws {
    let format = container.tolerant(.format, else: Self.format)
    guard format <= Self.format else { throw NewerFormat(found: format, known: Self.format) }
    id = try container.decode(String.self, forKey: .id)
    status = try container.decode(JobStatus.self, forKey: .status)
    sourceImage = try container.decode(String.self, forKey: .sourceImage)
    metadata = container.tolerant(.metadata, else: [:])
    // The web tool kept its users' keys here; they must not live on in what we write.
    metadata = metadata.filter { !Secrecy.isSecretName($0.key) }
    createdAt = container.tolerant(.createdAt, else: Timestamp(milliseconds: 0))
    updatedAt = container.tolerant(.updatedAt, else: createdAt)
  }

  package func encode(to encoder: any Encoder) throws {
    try unknown.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(id, forKey: .id)
    try container.encode(status, forKey: .status)
    try container.encode(sourceImage, forKey: .sourceImage)
    try container.encode(plan, forKey: .plan)
    try container.encode(steps, forKey: .steps)
    try container.encode(assets, forKey: .assets)
    try container.encode(metadata, forKey: .metadata)
    try container.encode(storageRoot, forKey: .storageRoot)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(updatedAt, forKey: .updatedAt)
  }
}
