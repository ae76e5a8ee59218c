import CCurl

extension HTTPRequest {
  /// Lends the request to `body` in libcurl's form; nil without calling it where a header would forge another.
  func withRaw<Result>(
    sink: Int32, authorities: String?, _ use: (inout ccurl_request) -> Result
  ) -> Result? {
    var lines: [String] = []
    for header in [HTTPHeader("User-Agent", "SceneHF")] + headers {
      guard let line = header.line else { return nil }
      lines.append(line)
    }
    return withCStrings([method.rawValue, url.text] + lines) { strings in
      var raw = ccurl_request()
      raw.method = strings[0]
      raw.url = strings[1]
      raw.header_count = lines.count
      raw.plain = url.scheme == "http" ? 1 : 0
      raw.connect_timeout_ms = connectTimeout.milliseconds
      raw.total_timeout_ms = totalTimeout.milliseconds
      raw.max_bytes = Int64(maxResponseBytes)
      raw.sink = sink
      return strings[2...].withUnsafeBufferPointer { headers in
        raw.headers = headers.baseAddress
        return withOptionalCString(authorities) { authorities in
          raw.authorities = authorities
          return lend(&raw, use)
        }
      }
    }
  }

  private func lend<Result>(_ raw: inout ccurl_request, _ use: (inout ccurl_request) -> Result) -> Result {
    switch body {
    case .none:
      return use(&raw)
    case .bytes(let bytes):
      return bytes.withUnsafeBufferPointer { buffer in
        raw.body = buffer.baseAddress
        raw.body_size = buffer.count
        return use(&raw)
      }
    case .file(let path):
      return path.withCString { path in
        raw.body_path = path
        return use(&raw)
      }
    case .multipart(let parts):
      return withRawParts(parts[...], made: []) { made in
        made.withUnsafeBufferPointer { buffer in
          raw.parts = buffer.baseAddress
          raw.part_count = buffer.count
          return use(&raw)
        }
      }
    }
  }
}

/// Lends every part in turn; a form has a dozen at most, so the depth is small.
private func withRawParts<Result>(
  _ parts: ArraySlice<HTTPRequest.Part>, made: [ccurl_part], _ use: ([ccurl_part]) -> Result
) -> Result {
  guard let part = parts.first else { return use(made) }
  return part.name.withCString { name in
    withOptionalCString(part.filename) { filename in
      withOptionalCString(part.contentType) { type in
        part.bytes.withUnsafeBufferPointer { bytes in
          let raw = ccurl_part(
            name: name, filename: filename, content_type: type, bytes: bytes.baseAddress, size: bytes.count)
          return withRawParts(parts.dropFirst(), made: made + [raw], use)
        }
      }
    }
  }
}

private func withOptionalCString<Result>(_ text: String?, _ use: (UnsafePointer<CChar>?) -> Result) -> Result {
  guard let text else { return use(nil) }
  return text.withCString { use($0) }
}

/// Lends all texts as C strings at once.
private func withCStrings<Result>(_ texts: [String], _ use: ([UnsafePointer<CChar>?]) -> Result) -> Result {
  var bytes: [CChar] = []
  var starts: [Int] = []
  for text in texts {
    starts.append(bytes.count)
    bytes += text.utf8CString
  }
  return bytes.withUnsafeBufferPointer { buffer in
    use(starts.map { start in buffer.baseAddress.map { $0 + start } })
  }
}

extension Duration {
  /// Whole milliseconds, at least 1: to libcurl 0 means no limit.
  fileprivate var milliseconds: Int64 {
    max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
  }
}
