extension SettingKey {
  /// The environment variable that overrides the file: the bare name in capitals where other programs use it
  /// too or where it concerns providers, `SCENEHF_` before it for the rest.
  package var environmentName: String {
    switch self {
    case .storageRoot, .plannerProvider, .imageProvider, .imageModel, .extractProvider,
      .removeProvider, .backgroundProvider, .reframeProvider, .geminiPlannerModel, .geminiPlannerFallbacks,
      .geminiImageModel, .geminiImageFallbacks, .openAIPlannerModel, .openAIPlannerFallbacks,
      .openAIImageModel, .openAIImageFallbacks, .vertexImagenModel, .falBackgroundModel, .falEraserModel,
      .rembgModel, .gcpProjectID, .gcpRegion, .geminiBaseURL, .openAIBaseURL, .vertexBaseURL, .falBaseURL,
      .rembgURL, .iopaintURL:
      rawValue.uppercased()
    default: "SCENEHF_" + rawValue.uppercased()
    }
  }

  /// Whether the value is a list: in the file a YAML list, or words with commas between them anywhere.
  package var isList: Bool {
    switch self {
    case .plannerProvider, .imageProvider, .extractProvider, .removeProvider, .backgroundProvider,
      .reframeProvider, .costPerCall, .geminiPlannerFallbacks, .geminiImageFallbacks,
      .openAIPlannerFallbacks, .openAIImageFallbacks, .ignore, .hookDone, .hookReview, .hookRejected, .hookPaused:
      true
    default: false
    }
  }
}
