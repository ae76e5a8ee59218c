import Imaging
import Model
import Transport

/// fal's queue: submit, ask until done, fetch, cancel; and where pictures are put that are too large for a request.
struct FalQueue: Sendable {
  let caller: Caller
  let key: Secret
  let base: WebAddress

  /// Larger files are uploaded first (fal's limit is 10 MiB of characters).
  private static let largestInline = 7_500_000
  /// A call that takes longer is cancelled.
  private static let deadline = 300.0

  /// A call that fal has taken: where its answer will be. What a ticket names may be asked by us, with the key.
  struct Ticket {
    let model: String
    let requestID: String?
    let status: WebAddress
    let result: WebAddress
    let cancel: WebAddress?
    /// As it is kept in the journal.
    let text: String
  }

  /// Hands the call over. From here on it is charged.
  func submit(_ model: String, input: JSONValue) async throws(ServiceFault) -> Ticket {
    let path = model.split(separator: "/").map { WebAddress.segment(String($0)) }.joined(separator: "/")
    let (answer, response) = try await caller.json(
      HTTPRequest(
        .post, base.appending(path), headers: headers(type: "application/json"), body: .bytes(input.json),
        connectTimeout: .seconds(5), totalTimeout: .seconds(30), maxResponseBytes: 1 << 20), model: model)
    let requestID = answer["request_id"]?.text ?? ServiceFault.requestID(response)
    var fields = ["model": JSONValue.string(model), "request_id": requestID.map { .string($0) } ?? .null]
    for name in ["status_url", "response_url", "cancel_url"] { fields[name] = answer[name] ?? .null }
    // The addresses differ from the model's: only the queue knows them.
    guard let ticket = ticket(String(decoding: JSONValue.object(fields).json, as: UTF8.self)) else {
      throw ServiceFault(.malformed, "fal", "its ticket has no addresses of fal", requestID: requestID)
    }
    return ticket
  }

  /// A ticket as it was kept; nil where its addresses are not fal's.
  func ticket(_ text: String) -> Ticket? {
    guard let fields = JSONValue(json: Array(text.utf8)), let model = fields["model"]?.text,
      let status = address(fields["status_url"]), let result = address(fields["response_url"])
    else { return nil }
    return Ticket(
      model: model, requestID: fields["request_id"]?.text, status: status, result: result,
      cancel: address(fields["cancel_url"]), text: text)
  }

  /// The output of a call that was taken, once it is there.
  func output(of ticket: Ticket) async throws(ServiceFault) -> JSONValue {
    let end = secondsSince1970() + Self.deadline
    do {
      try await wait(for: ticket.status, until: end, model: ticket.model)
      return try await patiently(until: end) { () throws(ServiceFault) in
        try await caller.json(get(ticket.result, limit: 64 << 20), model: ticket.model)
      }.0
    } catch {
      // Also when this task is cancelled: fal must not go on working for nobody.
      if let cancel = ticket.cancel { await self.cancel(cancel) }
      throw error.spent(ticket.requestID)
    }
  }

  /// Asks until the queue says that the call is done: twice a second at first, then once.
  private func wait(for status: WebAddress, until end: Double, model: String) async throws(ServiceFault) {
    let start = secondsSince1970()
    while true {
      let (answer, response) = try await patiently(until: end) { () throws(ServiceFault) in
        try await caller.json(get(status.appending(query: "logs=0"), limit: 4 << 20), model: model)
      }
      switch answer["status"]?.text {
      case "COMPLETED":
        guard answer["error"] == nil else { throw ServiceFault(fal: response, service: "fal", model: model) }
        return
      case "IN_QUEUE", "IN_PROGRESS": break
      default: throw ServiceFault(.malformed, "fal", "it says neither that it works nor that it is done")
      }
      let passed = secondsSince1970() - start
      guard passed < Self.deadline else { throw ServiceFault(.transient, "fal", "not done after \(Int(passed)) s") }
      try await pause(passed < 5 ? 0.5 : 1)
    }
  }

  /// Waits out temporary faults of calls that cost nothing, as long as the whole call may take.
  private func patiently<Value>(
    until end: Double, _ call: () async throws(ServiceFault) -> Value
  ) async throws(ServiceFault) -> Value {
    for made in 1... {
      do throws(ServiceFault) {
        return try await call()
      } catch {
        let wait = BackOff(tries: .max, base: 0.5, cap: 10).wait(after: error, made: made)
        // With fal's id it is the model's own failure; without, a proxy's on the way.
        guard let wait, error.requestID == nil, secondsSince1970() + wait < end else { throw error }
        try await pause(wait)
      }
    }
    throw ServiceFault(.transient, "fal", "")
  }

  private func pause(_ seconds: Double) async throws(ServiceFault) {
    do {
      try await Task.sleep(for: .seconds(seconds))
    } catch {
      throw ServiceFault(.cancelled, "fal", "")
    }
  }

  /// Asks fal to stop, in a task of its own because the caller's may be cancelled; the answer does not matter.
  private func cancel(_ address: WebAddress) async {
    let request = HTTPRequest(.put, address, headers: headers(type: nil), totalTimeout: .seconds(5))
    let client = caller.client
    _ = await Task { try? await client.send(request) }.value
  }

  private func get(_ address: WebAddress, limit: Int) -> HTTPRequest {
    HTTPRequest(
      .get, address, headers: headers(type: nil), connectTimeout: .seconds(5), totalTimeout: .seconds(30),
      maxResponseBytes: limit)
  }

  private func headers(type: String?) -> [HTTPHeader] {
    let authorization = HTTPHeader("Authorization", scheme: "Key", key)
    return type.map { [HTTPHeader("Content-Type", $0), authorization] } ?? [authorization]
  }

  /// An address of the queue's, to which the key may be sent: on the configured origin, or below fal.run.
  private func address(_ value: JSONValue?) -> WebAddress? {
    guard let address = value?.text.flatMap({ try? WebAddress($0) }) else { return nil }
    let isFal = base.host.hasSuffix(".fal.run") && address.host.hasSuffix(".fal.run") && address.scheme == "https"
    return isFal || address.hasOrigin(of: base) ? address : nil
  }
}

extension ServiceFault {
  /// The same of a call that fal has taken: if fal itself does not say that it failed, it is charged, and a second one
  /// would be too.
  func spent(_ requestID: String?) -> ServiceFault {
    var fault = self
    if case .modelGone = kind { fault = ServiceFault(.malformed, service, "fal does not know the call any more") }
    fault.isSpent = fault.status == nil
    fault.mayHaveArrived = true
    fault.requestID = fault.requestID ?? requestID
    return fault
  }
}

/// Pictures on their way to fal and back.
extension FalQueue {
  /// How a request names a picture: a data URI, or where it was uploaded.
  func reference(to bytes: [UInt8], type: String) async throws(ServiceFault) -> String {
    guard bytes.count > Self.largestInline else { return "data:\(type);base64,\(base64(bytes))" }
    let rest = base.host.hasSuffix(".fal.run") ? try known("https://rest.fal.ai") : base
    let (ticket, _) = try await caller.json(
      HTTPRequest(
        .post, rest.appending("storage/auth/token?storage_type=fal-cdn-v3"), headers: headers(type: "application/json"),
        body: .bytes(Array("{}".utf8)), connectTimeout: .seconds(5), totalTimeout: .seconds(30)), model: "storage")
    guard let token = ticket["token"]?.text.flatMap(Secret.init), let kind = ticket["token_type"]?.text,
      let place = ticket["base_url"]?.text.flatMap({ try? WebAddress($0) }),
      place.hasOrigin(of: base) || (place.scheme == "https" && place.host.hasSuffix(".fal.media"))
    else { throw ServiceFault(.malformed, "fal", "its upload ticket cannot be used") }
    let (stored, _) = try await caller.json(
      HTTPRequest(
        .post, place.appending("files/upload"),
        headers: [
          HTTPHeader("Content-Type", type), HTTPHeader("X-Fal-File-Name", type == "image/png" ? "p.png" : "p.jpg"),
          HTTPHeader("Authorization", scheme: kind, token),
        ], body: .bytes(bytes), connectTimeout: .seconds(5), totalTimeout: .seconds(120)), model: "storage")
    guard let address = stored["access_url"]?.text, (try? WebAddress(address)) != nil else {
      throw ServiceFault(.malformed, "fal", "it does not say where the upload went")
    }
    return address
  }

  /// The picture in a model's output: a data URI, or fetched from where it lies, without the key.
  func picture(in output: JSONValue, model: String) async throws(ServiceFault) -> [UInt8] {
    if output["has_nsfw_concepts"]?.items.first?.isTrue == true {
      throw ServiceFault(.refused, "fal", "the model blacked the picture out as unsafe")
    }
    guard let address = (output["image"] ?? output["images"]?.items.first)?["url"]?.text else {
      throw ServiceFault(.empty, "fal", "no picture")
    }
    let file: [UInt8]
    if address.hasPrefix("data:") {
      file = await caller.blocking { bytes(base64: address) ?? [] }
    } else {
      let place = try known(address)
      file = try await patiently(until: secondsSince1970() + 60) { () throws(ServiceFault) in
        try await caller.send(
          HTTPRequest(.get, place, connectTimeout: .seconds(5), totalTimeout: .seconds(60), maxResponseBytes: 64 << 20),
          model: model
        ).body
      }
    }
    guard PictureFormat.detect(file) != nil else { throw ServiceFault(.malformed, "fal", "its picture cannot be read") }
    return file
  }

  private func known(_ text: String) throws(ServiceFault) -> WebAddress {
    do {
      return try WebAddress(text)
    } catch {
      throw ServiceFault(error, service: "fal")
    }
  }
}
