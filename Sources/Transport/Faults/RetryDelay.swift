import CCurl
import Glibc
import Model

/// The seconds that an answer asks to wait, from the first of: `retry-after-ms` (OpenAI), `Retry-After` in seconds
/// or as a date (RFC 9110 section 10.2.3), Google's RetryInfo; nil where it names none.
package func retryDelay(of response: HTTPResponse, now: Double = secondsSince1970()) -> Double? {
  if let text = response.headers["retry-after-ms"], let value = Double(text), value.isFinite {
    return max(0, value / 1000)
  }
  if let text = response.headers["retry-after"] {
    if let value = Double(text), value.isFinite { return max(0, value) }
    let date = ccurl_date(text)
    if date > 0 { return max(0, Double(date) - now) }
  }
  return googleRetryDelay(JSONValue(json: response.body))
}

/// `retryDelay` of google.rpc.RetryInfo, such as `"38s"` or `"0.5s"`.
func googleRetryDelay(_ body: JSONValue?) -> Double? {
  let error = body?["error"] ?? body?.items.first?["error"]
  let info = error?["details"]?.items.first { $0["@type"]?.text?.hasSuffix("google.rpc.RetryInfo") == true }
  guard let text = info?["retryDelay"]?.text, text.hasSuffix("s"), let value = Double(text.dropLast()) else {
    return nil
  }
  return value.isFinite ? max(0, value) : nil
}

/// The wall clock.
package func secondsSince1970() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
