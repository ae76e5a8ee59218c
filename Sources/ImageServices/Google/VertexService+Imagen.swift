import Imaging
import Model
import Transport

/// Imagen's mask editing (`:predict`). Google has discontinued it; it is kept for projects that still have it.
extension VertexService {
  /// Fills the mask's hole. The answer has the size that was sent.
  func edit(_ request: ImageRequest, model: String) async throws(ServiceError) -> ImageAnswer {
    let body = try await caller.blocking { () throws(ServiceError) in
      try Self.editBody(request, Prepared(request, Self.editFraming(request)))
    }
    do throws(ServiceFault) {
      let (answer, response) = try await call("predict", model: model, body: body, timeout: .seconds(120))
      let file = try await caller.blocking { () throws(ServiceFault) in try Self.prediction(in: answer) }
      return ImageAnswer(file: file, model: model, requestID: ServiceFault.requestID(response))
    } catch {
      throw ServiceError(error)
    }
  }

  static func editFraming(_ request: ImageRequest) -> Framing { Framing(request, fitting: 1536) }

  private static func editBody(_ request: ImageRequest, _ prepared: Prepared) throws(ServiceError) -> [UInt8] {
    let file = try prepared.file(limit: 7_000_000)
    let mask = try prepared.maskFile() ?? []
    func image(_ bytes: [UInt8], _ type: String) -> JSONValue {
      .object(["bytesBase64Encoded": .string(base64(bytes)), "mimeType": .string(type)])
    }
    let references: [JSONValue] = [
      .object([
        "referenceType": "REFERENCE_TYPE_RAW", "referenceId": 1, "referenceImage": image(file.bytes, file.type),
      ]),
      .object([
        "referenceType": "REFERENCE_TYPE_MASK", "referenceId": 2, "referenceImage": image(mask, "image/png"),
        "maskImageConfig": .object(["maskMode": "MASK_MODE_USER_PROVIDED", "dilation": 0.01]),
      ]),
    ]
    let parameters: JSONValue = .object([
      "sampleCount": 1, "editMode": "EDIT_MODE_INPAINT_REMOVAL", "editConfig": .object(["baseSteps": 12]),
      "includeRaiReason": true, "outputOptions": .object(["mimeType": "image/png"]),
    ])
    let instance: JSONValue = .object(["prompt": .string(request.prompt), "referenceImages": .array(references)])
    return JSONValue.object(["instances": .array([instance]), "parameters": parameters]).json
  }

  private static func prediction(in answer: JSONValue) throws(ServiceFault) -> [UInt8] {
    guard let prediction = answer["predictions"]?.items.first else {
      throw ServiceFault(.refused, "Vertex AI", "it answered without a picture, as it does for filtered content")
    }
    if let reason = prediction["raiFilteredReason"]?.text { throw ServiceFault(.refused, "Vertex AI", reason) }
    guard let bytes = prediction["bytesBase64Encoded"]?.text.flatMap(bytes(base64:)),
      PictureFormat.detect(bytes) != nil
    else { throw ServiceFault(.malformed, "Vertex AI", "its picture cannot be read") }
    return bytes
  }
}
