package import Blocking
package import ImageServices
package import Imaging
package import Model
package import Planning
import Storage

/// Everything that work on jobs needs, wired once by the executable.
package struct Workshop: Sendable {
  package let book: JobBook
  package let settings: Settings
  package let planner: any Planner
  /// By name; `settings.imageProvider` is one of them.
  package let services: [String: any ImageService]
  /// For codecs, measuring and durable writes: anything that blocks.
  package let pool: BlockingPool

  /// Told in a sentence what concerns no single job, or a job that cannot even be read.
  package let notice: @Sendable (String) -> Void

  package init(
    book: JobBook, settings: Settings, planner: any Planner, services: [any ImageService], pool: BlockingPool,
    notice: @escaping @Sendable (String) -> Void
  ) {
    self.notice = notice
    self.book = book
    self.settings = settings
    self.planner = planner
    self.services = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.pool = pool
  }

  var store: JobStore { book.store }

  /// Runs what blocks (disk, codecs, measuring) off the cooperative pool.
  @discardableResult
  func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await pool.run(work)
  }

  /// What may be decoded, from the settings.
  package var decodingLimits: DecodingLimits {
    DecodingLimits(maxPixels: settings.maxPixels, maxBytes: settings.maxFileBytes)
  }
}
