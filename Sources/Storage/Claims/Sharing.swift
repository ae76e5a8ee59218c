import FoundationEssentials
import Glibc
import Model
import SystemPackage

/// How a root is shared with other machines: the database, and the name by which it knows the root.
///
/// A root says by a file that it is shared, so that nobody works on it alone by mistake: a command without DATABASE_URL
/// would take for broken off what a worker elsewhere is just doing.
package struct Sharing: Sendable {
  /// May hold a password; never shown.
  let uri: String
  let rootID: String
  /// Tells this process from the others that hold locks.
  let holder = Identifier.asset()

  private struct Mark: Codable {
    var root: String
  }

  /// Nil for a root that is not shared, as it is while `uri` is nil. Throws `.rootIsShared` if it is and `uri` is nil,
  /// `.databaseUnprepared` the other way round, or if the database has not the tables of this version.
  package static func find(_ layout: Layout, uri: String?) throws(StorageError) -> Sharing? {
    let mark = try read(layout)
    guard let uri else {
      if mark != nil { throw .rootIsShared(layout.root) }
      return nil
    }
    guard let mark else { throw .databaseUnprepared }
    let sharing = Sharing(uri: uri, rootID: mark.root)
    try sharing.check()
    return sharing
  }

  private func check() throws(StorageError) {
    do throws(StorageError) {
      let rows = try Database(uri, application: "scenehf").run("select version from scenehf_setting", columns: 1).rows
      guard rows.first?.first == "\(Schema.version)" else { throw .databaseUnprepared }
    } catch .databaseRefused(state: "42P01", _) {
      throw .databaseUnprepared
    }
  }

  private static func read(_ layout: Layout) throws(StorageError) -> Mark? {
    guard try SystemCalls.status(layout.sharingMark) != nil else { return nil }
    let bytes = try SystemCalls.open(layout.sharingMark, O_RDONLY | O_NOFOLLOW).read(limit: 1 << 16)
    guard let mark = try? JSONDecoder().decode(Mark.self, from: Data(bytes)) else {
      throw .unreadableJob(".scenehf", detail: "\(layout.sharingMark.string) is damaged")
    }
    return mark
  }

  /// Makes or updates the tables, marks the root as shared, and brings the table of jobs in line with the jobs: what has
  /// something to do waits there, what has not is gone. May be done at any time, also while machines work. Returns how
  /// many jobs are in the table. `lease` is in seconds. Blocks.
  package static func prepare(_ layout: Layout, uri: String, lease: Double?) throws(StorageError) -> Int {
    let database = Database(uri, application: "scenehf")
    try database.run("begin")
    for statement in Schema.statements { try database.run(statement) }
    try database.run("update scenehf_setting set version = $1::int", ["\(Schema.version)"])
    if let lease { try database.run("update scenehf_setting set lease = $1::float", ["\(lease)"]) }
    try database.run("commit")
    if try SystemCalls.status(layout.marker) == nil { _ = try JobStore.open(layout) }
    if try read(layout) == nil {
      let mark = try JobStore.encode(Mark(root: Identifier.job()))
      do throws(StorageError) {
        try DurableWrite.write(to: layout.sharingMark, replacing: false) { (file) throws(StorageError) in
          try file.write(mark)
        }
      } catch {
        // Somebody else prepares it as well.
        if error.errno != .fileExists { throw error }
      }
    }
    guard let mark = try read(layout) else { throw .databaseUnprepared }
    return try fill(database, layout, mark.root)
  }

  private static func fill(_ database: Database, _ layout: Layout, _ root: String) throws(StorageError) -> Int {
    let store = JobStore(reading: layout)
    let open = try store.restlessJobs().filter { !$0.isSettled }
    let list = Database.list(open.map(\.id))
    try database.run(
      "delete from scenehf_job where root = $1 and holder is null and not job = any($2::text[])", [root, list])
    for job in open.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) {
      try database.run(Schema.enqueue, SharedQueue.values(of: store.waiting(job), root: root) + ["no"])
    }
    let count = try database.run("select count(*) from scenehf_job where root = $1", [root], columns: 1)
    return Int(count.rows.first?.first ?? "") ?? 0
  }

  /// Ends the sharing. Blocks.
  package static func end(_ layout: Layout, uri: String) throws(StorageError) {
    guard let mark = try read(layout) else { return }
    let database = Database(uri, application: "scenehf")
    for table in ["job", "worker", "inbox", "day", "provider"] {
      try database.run("delete from scenehf_\(table) where root = $1", [mark.root])
    }
    try SystemCalls.remove(layout.sharingMark)
    try SystemCalls.syncFolder(layout.hidden)
  }

  /// A process that takes part, as the database knows it.
  package struct Machine: Sendable, Hashable {
    package var name: String
    /// False for one that only takes pictures in.
    package var works: Bool
    /// Jobs at work.
    package var running: Int
    /// Seconds since its last sign of life.
    package var silence: Double
  }

  /// All processes that take part, by name. Blocks.
  package func machines() throws(StorageError) -> [Machine] {
    let command = """
      select name, works, running, extract(epoch from clock_timestamp() - beat)
      from scenehf_worker where root = $1 order by name, id
      """
    return try Database(uri, application: "scenehf").run(command, [rootID], columns: 4).rows.map { row in
      Machine(name: row[0], works: row[1] == "t", running: Int(row[2]) ?? 0, silence: Double(row[3]) ?? 0)
    }
  }
}

extension Sharing {
  /// What waiting jobs need that no machine has, and which providers are left alone: a sentence for each. Blocks.
  package func unmetNeeds() throws(StorageError) -> [String] {
    let database = Database(uri, application: "scenehf")
    let waiting = try database.run(Schema.unmet, [rootID], columns: 3).rows.map { row in
      // Where each of them can be had, but not all in one place, all are named.
      let needs = [row[1], row[2] == "0" ? "" : "\(row[2]) MB of memory"].filter { !$0.isEmpty }
      guard !needs.isEmpty else { return "\(row[0]) waiting for a machine." }
      return """
        \(row[0]) waiting for a machine that has \(needs.joined(separator: " and ")). Start a worker that has; \
        "scenehf doctor" says what one lacks.
        """
    }
    let held = try database.run(Schema.held, [rootID], columns: 2).rows.map { row in
      "\(row[0]) asks to slow down: no machine calls it for \(row[1]) s."
    }
    return waiting + held
  }
}

extension Layout {
  /// Says that the root is shared, and by what name.
  var sharingMark: FilePath { hidden.appending("shared.json") }
}
