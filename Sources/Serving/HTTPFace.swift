package import Blocking
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
package import Running
import ServiceLifecycle
package import Storage
package import SystemPackage

/// The HTTP face: the same jobs as in the folders, for a browser and for other programs.
///
/// # What it promises
/// - It changes jobs only through `Running.Actions`, the one meaning that the edit files and the command line have
///   too; whatever comes first is carried out first, and what comes second sees it.
/// - Nothing that it is sent names a path or an address; only ids, looked up in job.json.
/// - Whoever listens to events is told, and dropped when too slow, never waited for.
/// - It answers on loopback unless told otherwise, and to foreign sites not at all (`Gate`).
///
/// It does not encrypt: beyond loopback it belongs behind a proxy that does.
package struct HTTPFace: Sendable {
  private let address: ListenAddress
  private let names: HostNames
  private let api: API
  private let note: @Sendable (String) -> Void

  /// `hosts` are further names that requests may address; `wake` says that a job may be waiting for the runner; `note`
  /// takes sentences for the person who runs the service.
  package init(
    listening address: ListenAddress, hosts: [String] = [], workshop: Workshop, pool: BlockingPool,
    wake: @escaping @Sendable () -> Void, note: @escaping @Sendable (String) -> Void
  ) {
    self.address = address
    self.note = note
    names = HostNames(listening: address, extra: hosts)
    api = API(
      workshop: workshop, pool: pool, hub: EventHub(), catalogue: Catalogue(),
      access: Access(trustsOwner: address.isLoopback, pool: pool), wake: wake)
  }

  private static let heartbeat = Duration.seconds(15)
  private static let mostConnections = 512
  private static let headerPatience = TimeAmount.seconds(30)
  private static let stallPatience = TimeAmount.seconds(30)
  /// For answers in hand when the service stops.
  private static let stoppingTime = Duration.seconds(1)

  /// Serves until the task is cancelled. Throws a `ServingError` if the address cannot be had.
  package func run() async throws {
    let (hub, catalogue, store) = (api.hub, api.catalogue, api.store)
    api.workshop.book.listen { news in
      catalogue.take(news)
      hub.publish(news)
    }
    api.workshop.book.listen(toRejections: hub.publish)
    api.workshop.book.listen(toRemovals: { id in
      catalogue.remove(id)
      hub.publish(removed: id)
    })
    try await api.pool.run {
      try catalogue.load(store)
      try store.sweepUploads()
      try writeToken()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await serve() }
      group.addTask { await hub.run() }
      group.addTask {
        while !Task.isCancelled {
          try? await Task.sleep(for: Self.heartbeat)
          hub.beat()
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Runs the server; a cancelled task shuts it down in order: listeners are sent off, answers in hand finished.
  private func serve() async throws {
    var logger = Logger(label: "scenehf.http", factory: { _ in SwiftLogNoOpLogHandler() })
    logger.logLevel = .critical
    var configuration = ServiceGroupConfiguration(services: [application(logger)], logger: logger)
    configuration.maximumGracefulShutdownDuration = Self.stoppingTime
    let services = ServiceGroup(configuration: configuration)
    // Unstructured, because cancelling the group's own task would skip the shutdown in order; awaited below.
    let running = Task { try await services.run() }
    do {
      try await withTaskCancellationHandler {
        try await running.value
      } onCancel: {
        api.hub.close()
        Task { await services.triggerGracefulShutdown() }
      }
    } catch let error as IOError {
      throw ServingError.notListening(address, detail: "\(error)")
    }
  }

  private func application(_ logger: Logger) -> some Service {
    let router = Router(context: Visit.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: Gate(names: names, access: api.access))
    for route in Route.all {
      let (api, answer) = (api, route.answer)
      router.on(RouterPath(route.path), method: route.method) { request, visit in
        try await answer(api, request, visit)
      }
    }
    return Application(
      router: router,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [StalledWrites(patience: Self.stallPatience)],
          idleTimeout: Self.headerPatience,
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16_384, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100)
        )),
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections, logger: logger)),
      onServerRunning: { [address, note] channel in
        let port = channel.localAddress?.port ?? address.port
        let here = "\(address.host.contains(":") ? "[\(address.host)]" : address.host):\(port)"
        let hint = address.isLoopback ? "" : " (with ?token=… from .scenehf/http-token, and only with it)"
        note("The page is on http://\(here)/\(hint)")
      },
      logger: logger)
  }

  /// The token, for programs of this user. On a root that several machines share it is the same on all of them, and stays:
  /// the file is the agreement.
  private func writeToken() throws(StorageError) {
    let own = Array("\(api.access.token)\n".utf8)
    let agreed = try api.store.agreed(on: own, at: api.store.layout.httpToken)
    api.access.agree(on: String(decoding: agreed.dropLast(), as: UTF8.self))
  }
}

extension Layout {
  /// The token of the HTTP face; readable by this user only.
  package var httpToken: FilePath { hidden.appending("http-token") }
}
