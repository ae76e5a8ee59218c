/// Where a job is in its life (DESIGN section 2). `PAUSED` waits for a person.
package enum JobStatus: String, Codable, Sendable, CaseIterable {
  case idle = "IDLE"
  case planned = "PLANNED"
  case running = "RUNNING"
  case paused = "PAUSED"
  case done = "DONE"
  case failed = "FAILED"
  case cancelled = "CANCELLED"
}

/// What a step does with the picture.
package enum StepType: String, Codable, Sendable, CaseIterable {
  case analyze = "ANALYZE"
  case extract = "EXTRACT"
  case remove = "REMOVE"
  case backgroundRemove = "BG_REMOVE"
  case reframe = "REFRAME"
  case upscale = "UPSCALE"
  case edit = "EDIT"
}

/// Where a step is in its life. A validation verdict uses `success`, `needsReview` and `failed` of these.
package enum StepStatus: String, Codable, Sendable, CaseIterable {
  case queued = "QUEUED"
  case running = "RUNNING"
  case success = "SUCCESS"
  case needsReview = "NEEDS_REVIEW"
  case failed = "FAILED"
  case cancelled = "CANCELLED"
  case skipped = "SKIPPED"
}

/// What a file of a job's body holds.
package enum AssetKind: String, Codable, Sendable, CaseIterable {
  case source = "SOURCE"
  case plate = "PLATE"
  case layer = "LAYER"
  case mask = "MASK"
  case backgroundRemoved = "BG_REMOVED"
  case debug = "DEBUG"
  case generation = "GENERATION"
}

/// Where a step's mask comes from: nowhere, the planner, or a person.
package enum MaskMode: String, Codable, Sendable, CaseIterable {
  case none = "NONE"
  case auto = "AUTO"
  case manual = "MANUAL"
}

/// What a mask is for.
package enum MaskIntent: String, Codable, Sendable, CaseIterable {
  case inpaintRemove = "INPAINT_REMOVE"
  case inpaintInsert = "INPAINT_INSERT"
  case extractHelper = "EXTRACT_HELPER"
}

/// What a person, or a plan's fallback, may ask of a step.
package enum StepAction: String, Codable, Sendable, CaseIterable {
  case accept = "ACCEPT"
  case retry = "RETRY"
  case backgroundRemove = "BG_REMOVE"
  case plateAndRetry = "PLATE_AND_RETRY"
  case stop = "STOP"
  case skip = "SKIP"
}
