package import Transport

/// A model that reads pictures and answers with a plan in JSON: the plug-in point for planning services.
///
/// A conformer sends one question and hands back the text of the answer. What the text is worth, whether it is
/// asked again, what it may cost and who plans instead is decided elsewhere.
package protocol PlanningModel: Sendable {
  /// The name in `planner_provider`, for example `gemini`.
  var name: String { get }
  /// As people call it, for example `Gemini`.
  var title: String { get }
  /// The model that is asked next: the first of the configured ones that is not known to be gone.
  var defaultModel: String { get }
  /// Whether a call may cost money.
  var isPaid: Bool { get }
  /// The answer to one question, by one call. Where the model is gone the fault names the next one.
  func answer(_ question: PlanningQuestion) async throws(ServiceFault) -> ModelAnswer
}

/// What a planning model said.
package struct ModelAnswer: Sendable, Hashable {
  package var text: String
  /// The model that answered.
  package var model: String
  /// The vendor's id of the call.
  package var requestID: String?

  package init(text: String, model: String, requestID: String? = nil) {
    self.text = text
    self.model = model
    self.requestID = requestID
  }
}
