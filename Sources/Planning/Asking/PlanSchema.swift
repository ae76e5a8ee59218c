package import Model

/// The JSON Schema of a plan, for services that can hold a model to one.
///
/// One schema for all of them: OpenAI's strict form (every property required, no additional ones, no bounds),
/// which Gemini's `responseJsonSchema` takes as it is. Bounds are checked by `PlanReader` in any case.
package enum PlanSchema {
  package static let name = "plan"

  package static let value: JSONValue = object([
    ("scene_summary", text("What the picture shows, in one sentence.")),
    ("global_rules", list(text("A rule that holds for every step."))),
    ("steps", list(step)),
  ])

  private static let step = object([
    ("id", text("s1, s2, …")),
    ("name", text("Two or three plain words, such as Red car.")),
    ("type", choice(StepReader.types.map(\.rawValue))),
    ("target", text("What the step works on; the same words for the EXTRACT and the REMOVE of one thing.")),
    ("prompt", text("What an image model is told to do.")),
    ("prompt_variations", list(text("Another wording of the prompt."))),
    (
      "validate",
      object([
        ("min_nonwhite", .object(["type": "number"])),
        ("max_nonwhite", .object(["type": "number"])),
      ])
    ),
    ("fallbacks", list(choice([StepAction.backgroundRemove.rawValue, StepAction.retry.rawValue]))),
    (
      "box",
      .object([
        "type": .array(["array", "null"]), "items": .object(["type": "integer"]),
        "description": "Where the target is: [ymin, xmin, ymax, xmax] in thousandths of the picture, or null.",
      ])
    ),
  ])

  private static func object(_ properties: [(String, JSONValue)]) -> JSONValue {
    .object([
      "type": "object",
      "properties": .object(Dictionary(properties) { first, _ in first }),
      "required": .array(properties.map { .string($0.0) }),
      "additionalProperties": false,
    ])
  }

  private static func text(_ description: String) -> JSONValue {
    .object(["type": "string", "description": .string(description)])
  }

  private static func list(_ items: JSONValue) -> JSONValue { .object(["type": "array", "items": items]) }

  private static func choice(_ words: [String]) -> JSONValue {
    .object(["type": "string", "enum": .array(words.map { .string($0) })])
  }
}
