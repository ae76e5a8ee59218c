import HTTPTypes
import Hummingbird
import Model

/// One thing the face answers. Everything it answers is in `all`, under the paths of the OpenAPI document.
struct Route: Sendable {
  let method: HTTPRequest.Method
  /// `{name}` stands for one part.
  let path: String
  let answer: @Sendable (API, Request, Visit) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ path: String,
    _ answer: @escaping @Sendable (API, Request, Visit) async throws -> Response
  ) {
    self.method = method
    self.path = path
    self.answer = answer
  }

  static let all: [Route] = [
    Route(.get, "/") { try $0.page($1, $2) },
    Route(.get, "/page/{file}") { try $0.pageFile($1, $2) },
    Route(.get, "/metrics") { api, _, _ in try await api.metrics() },
    Route(.get, "/api/openapi.json") { api, request, _ in api.document(request) },
    Route(.get, "/api/providers") { api, _, _ in api.providers() },

    Route(.post, "/api/jobs") { api, request, _ in try await api.upload(request) },
    Route(.get, "/api/jobs") { api, request, _ in try api.list(request) },
    Route(.get, "/api/jobs/{id}") { try await $0.job($1, $2) },
    Route(.delete, "/api/jobs/{id}") { api, _, visit in try await api.remove(visit) },
    Route(.post, "/api/jobs/{id}/plan") { try await $0.plan($1, $2) },
    Route(.post, "/api/jobs/{id}/run") { try await $0.run($1, $2) },
    Route(.post, "/api/jobs/{id}/pause") { try await $0.pause($1, $2) },
    Route(.post, "/api/jobs/{id}/resume") { try await $0.resume($1, $2) },
    Route(.post, "/api/jobs/{id}/cancel") { try await $0.cancel($1, $2) },
    Route(.post, "/api/jobs/{id}/run-step") { try await $0.actOnNamedStep(.run, $1, $2) },
    Route(.post, "/api/jobs/{id}/retry") { try await $0.actOnNamedStep(.action(.retry), $1, $2) },
    Route(.post, "/api/jobs/{id}/plate-and-retry") { try await $0.actOnNamedStep(.action(.plateAndRetry), $1, $2) },

    Route(.patch, "/api/jobs/{id}/steps/{step}") { try await $0.adjust($1, $2) },
    Route(.post, "/api/jobs/{id}/steps/{step}/run") { try await $0.act(.run, $1, $2) },
    Route(.post, "/api/jobs/{id}/steps/{step}/retry") { try await $0.act(.action(.retry), $1, $2) },
    Route(.post, "/api/jobs/{id}/steps/{step}/bg-remove") { try await $0.act(.action(.backgroundRemove), $1, $2) },
    Route(.post, "/api/jobs/{id}/steps/{step}/plate-and-retry") { try await $0.act(.action(.plateAndRetry), $1, $2) },
    Route(.post, "/api/jobs/{id}/steps/{step}/accept") { try await $0.act(.action(.accept), $1, $2) },
    Route(.post, "/api/jobs/{id}/steps/{step}/skip") { try await $0.act(.action(.skip), $1, $2) },
    Route(.post, "/api/jobs/{id}/steps/{step}/stop") { try await $0.act(.action(.stop), $1, $2) },
    Route(.get, "/api/jobs/{id}/steps/{step}/history") { api, _, visit in try await api.history(visit) },
    Route(.get, "/api/jobs/{id}/steps/{step}/problems") { try await $0.problems($1, $2) },

    Route(.post, "/api/jobs/{id}/assets/mask") { try await $0.takeMask($1, $2) },
    Route(.get, "/api/jobs/{id}/assets/{asset}") { try await $0.asset($1, $2) },
    Route(.get, "/api/jobs/{id}/export") { api, _, visit in try await api.export(visit) },
    Route(.get, "/api/jobs/{id}/events") { try await $0.jobEvents($1, $2) },
    Route(.get, "/api/rejections") { api, request, _ in try await api.rejections(request) },
    Route(.get, "/api/events") { api, request, _ in try await api.allEvents(request) },
  ]

  private var openParts: Int { path.count { $0 == "{" } }

  /// The methods possible at a path, for `Allow`; empty where there is nothing.
  static func methods(at path: Substring) -> [String] {
    let parts = path.split(separator: "/")
    let fitting = all.filter { route in
      let pattern = route.path.split(separator: "/")
      return pattern.count == parts.count && zip(pattern, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
    // As in the router, a word of its own goes before a part that stands for any.
    let fewest = fitting.map(\.openParts).min()
    return fitting.filter { $0.openParts == fewest }.map(\.method).flatMap {
      $0 == .get ? ["GET", "HEAD"] : [$0.rawValue]
    }
  }
}
