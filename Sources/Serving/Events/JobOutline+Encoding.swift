import Model

/// The entry of a list, in the words of job.json.
extension JobOutline: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, status, face, reason, held, steps
    case sourceName = "source_name"
    case sourceImage = "source_image"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(status, forKey: .status)
    try container.encode(sourceName, forKey: .sourceName)
    try container.encode(face, forKey: .face)
    try container.encode(sourceImage, forKey: .sourceImage)
    try container.encodeIfPresent(reason, forKey: .reason)
    try container.encode(isHeld, forKey: .held)
    try container.encode(steps, forKey: .steps)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(updatedAt, forKey: .updatedAt)
  }
}
