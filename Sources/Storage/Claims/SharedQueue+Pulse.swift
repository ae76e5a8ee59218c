import Blocking
import Glibc

/// Signs of life, and what the others tell; all on the one thread that `join` starts.
extension SharedQueue {
  /// So many signs within one lease: two may get lost on the way.
  private static let signsPerLease = 4.0

  /// Runs until this process leaves.
  func keepAlive() {
    while !state.withLock({ $0.hasLeft }) {
      do throws(StorageError) {
        try register()
        try giveSign()
        try tellOffers()
        try pulse.run("listen scenehf_work")
        try pulse.run("listen scenehf_news")
        try flush()
        state.withLock { $0.listener }?.wake()
        try listen()
      } catch {
        usleep(250_000)
      }
    }
  }

  private func register() throws(StorageError) {
    guard let participant = state.withLock({ $0.worker == nil ? $0.participant : nil }) else { return }
    let command = """
      insert into scenehf_worker (root, name, works, services, megabytes)
      values ($1, $2, $3::boolean, $4::text[], $5::int) returning id
      """
    let offers = participant.offers
    let values = [
      root, participant.name, participant.works ? "t" : "f", Database.list(offers.services.sorted()),
      "\(offers.megabytes)",
    ]
    let id = try pulse.run(command, values, columns: 1).rows.first?.first
    let hasLeft = state.withLock { state in
      if !state.hasLeft { (state.worker, state.isOffered) = (id, false) }
      return state.hasLeft
    }
    if hasLeft, let id { try pulse.run("delete from scenehf_worker where id = $1::bigint", [id]) }
  }

  /// Tells the database what this process has to offer, where it does not know yet.
  private func tellOffers() throws(StorageError) {
    let (worker, offers) = state.withLock { state in
      state.isOffered ? (nil, nil) : (state.worker, state.participant?.offers)
    }
    guard let worker, let offers else { return }
    let services = Database.list(offers.services.sorted())
    try pulse.run(Schema.offer, [root, worker, services, "\(offers.megabytes)"])
    state.withLock { state in
      if state.worker == worker, state.participant?.offers == offers { state.isOffered = true }
    }
  }

  private func giveSign() throws(StorageError) {
    let (worker, running) = state.withLock { ($0.worker, $0.busy.count) }
    guard let worker else { return }
    let asked = ContinuousClock.now
    let row = try pulse.run(Schema.beat, [worker, "\(running)"], columns: 2).rows.first
    state.withLock { state in
      if let lease = row.flatMap({ Double($0[1]) }) { state.lease = .seconds(lease) }
      if row?[0] == "1" {
        // Counted from before the question, so that it ends no later than in the database.
        state.sureUntil = asked + state.lease
      } else if state.worker == worker {
        // Not heard of for too long: its jobs are others'. It begins anew under another number.
        state.worker = nil
      }
    }
    if row?[0] != "1" { try register() }
  }

  private func sendNews() throws(StorageError) {
    let news = state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
    guard !news.isEmpty else { return }
    try pulse.run("select pg_notify('scenehf_news', news) from unnest($1::text[]) news", [Database.list(news)])
  }

  /// Hears what the others tell until the next sign of life is due.
  private func listen() throws(StorageError) {
    let due = ContinuousClock.now + state.withLock { $0.lease } / Self.signsPerLease
    while ContinuousClock.now < due, !state.withLock({ $0.hasLeft }) {
      try sendNews()
      let notes = try pulse.notifications(within: 200)
      let (listener, worker) = state.withLock { ($0.listener, $0.worker) }
      if notes.contains(where: { $0.channel == "scenehf_work" && $0.payload == root }) { listener?.wake() }
      for note in notes where note.channel == "scenehf_news" {
        let words = note.payload.split(separator: " ").map(String.init)
        guard words.count == 4, words[0] == root, words[1] != worker, let first = Int(words[3]) else { continue }
        guard listener?.hearsAll == true || state.withLock({ $0.busy[words[2]] != nil }) else { continue }
        listener?.changed(words[2], first)
      }
    }
  }
}
