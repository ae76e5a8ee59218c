import Foundation
import HTTPTypes
import Model
import Testing

@testable import Serving

@Suite struct DocumentTests {
  @Test func `the document has every route of the API and no other`() throws {
    let document = try JSONDecoder().decode(JSONValue.self, from: Data(PackageResources.openapi_json))
    guard case .object(let fields) = document, case .object(let paths)? = fields["paths"] else {
      Issue.record("no paths")
      return
    }
    var described: Set<String> = []
    for (path, methods) in paths {
      guard case .object(let methods) = methods else { continue }
      for method in methods.keys where ["get", "post", "patch", "delete", "put"].contains(method) {
        described.insert("\(method.uppercased()) \(path)")
      }
    }
    let served = Set(Route.all.filter { $0.path.hasPrefix("/api/") }.map { "\($0.method.rawValue) \($0.path)" })
    #expect(described == served)
    #expect(fields["openapi"]?.text == "3.1.0")
  }

  /// DESIGN section 10, word for word.
  @Test(arguments: [
    "POST /api/jobs", "GET /api/jobs", "GET /api/jobs/{id}", "DELETE /api/jobs/{id}", "POST /api/jobs/{id}/plan",
    "POST /api/jobs/{id}/run", "POST /api/jobs/{id}/run-step", "POST /api/jobs/{id}/retry",
    "POST /api/jobs/{id}/plate-and-retry", "POST /api/jobs/{id}/pause", "POST /api/jobs/{id}/resume",
    "POST /api/jobs/{id}/steps/{step}/run", "POST /api/jobs/{id}/steps/{step}/retry",
    "POST /api/jobs/{id}/steps/{step}/bg-remove", "POST /api/jobs/{id}/steps/{step}/plate-and-retry",
    "POST /api/jobs/{id}/steps/{step}/accept", "POST /api/jobs/{id}/steps/{step}/skip",
    "POST /api/jobs/{id}/steps/{step}/stop", "PATCH /api/jobs/{id}/steps/{step}", "POST /api/jobs/{id}/assets/mask",
    "GET /api/jobs/{id}/assets/{asset}", "GET /api/jobs/{id}/export", "GET /api/jobs/{id}/steps/{step}/history",
    "GET /api/jobs/{id}/events", "GET /api/events", "GET /",
  ])
  func `a route of the web tool is served`(route: String) {
    #expect(Route.all.contains { "\($0.method.rawValue) \($0.path)" == route })
  }

  @Test func `the page asks nobody else for anything`() {
    for file in [
      PackageResources.page_html, PackageResources.page_css, PackageResources.app_js, PackageResources.service_js,
    ] {
      let text = String(decoding: file, as: UTF8.self)
      #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("@import"))
    }
  }
}
