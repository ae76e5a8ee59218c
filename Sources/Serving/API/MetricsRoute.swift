import Blocking
import HTTPTypes
import Hummingbird
import Model
import Storage

/// The service in numbers, over HTTP.
extension API {
  /// `GET /metrics`, for Prometheus: what the root says, and who listens.
  func metrics() async throws -> Response {
    let (store, listeners) = (store, hub.count)
    let text = try await pool.run {
      var metrics = try Metrics(of: store, day: Timestamp.now.day)
      metrics.gauge("scenehf_event_listeners", "Clients of the event streams.", Double(listeners))
      return metrics.text
    }
    return Response(
      status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
