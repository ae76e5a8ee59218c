/// One file of a job's body.
package struct Asset: Codable, Sendable, Hashable, Identifiable {
  package var id: String
  package var kind: AssetKind
  /// Relative to the job's folder, made of our own ids only.
  package var path: String
  /// In pixels, upright.
  package var width: Int
  package var height: Int
  package var stepID: String?
  package var runID: String?
  package var model: String?
  package var promptHash: String?
  /// Of the file's bytes, 64 hex digits; nil for files of other programs and of earlier versions.
  package var sha256: String?
  package var createdAt: Timestamp
  package var unknown = UnknownKeys()

  package init(
    id: String, kind: AssetKind, path: String, width: Int, height: Int, stepID: String? = nil,
    runID: String? = nil, model: String? = nil, promptHash: String? = nil, sha256: String? = nil,
    createdAt: Timestamp = .now
  ) {
    self.id = id
    self.kind = kind
    self.path = path
    self.width = width
    self.height = height
    self.stepID = stepID
    self.runID = runID
    self.model = model
    self.promptHash = promptHash
    self.sha256 = sha256
    self.createdAt = createdAt
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case id, kind, path, width, height, model, sha256
    case stepID = "step_id"
    case runID = "run_id"
    case promptHash = "prompt_hash"
    case createdAt = "created_at"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    kind = try container.decode(AssetKind.self, forKey: .kind)
    path = try container.decode(String.self, forKey: .path)
    width = container.tolerant(.width, else: 0)
    height = container.tolerant(.height, else: 0)
    stepID = container.tolerant(.stepID)
    runID = container.tolerant(.runID)
    model = container.tolerant(.model)
    promptHash = container.tolerant(.promptHash)
    sha256 = container.tolerant(.sha256)
    createdAt = container.tolerant(.createdAt, else: Timestamp(milliseconds: 0))
    unknown = try UnknownKeys(from: decoder, besides: CodingKeys.self)
  }

  package func encode(to encoder: any Encoder) throws {
    try unknown.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(kind, forKey: .kind)
    try container.encode(path, forKey: .path)
    try container.encode(width, forKey: .width)
    try container.encode(height, forKey: .height)
    try container.encode(stepID, forKey: .stepID)
    try container.encode(runID, forKey: .runID)
    try container.encode(model, forKey: .model)
    try container.encode(promptHash, forKey: .promptHash)
    try container.encodeIfPresent(sha256, forKey: .sha256)
    try container.encode(createdAt, forKey: .createdAt)
  }
}
