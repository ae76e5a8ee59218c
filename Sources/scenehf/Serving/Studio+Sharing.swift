import Blocking
import Engine
import FoundationEssentials
import Glibc
import Model
import Running
import Storage

/// What this process can do for the work of several machines, and hears of the others.
extension Studio {
  /// From now on jobs may be claimed; where the root is not shared nobody else is told. `hears` is whether people look at
  /// this process, or are told by it, and so all jobs' changes are its business; a worker hears of its own jobs, which a
  /// person may cancel elsewhere.
  func takePart(works: Bool, hears: Bool) {
    let (workshop, runner, pool) = (workshop, runner, pool)
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, 255)
    let lacking = workshop.lacking.sorted().joined(separator: ", ")
    if works, !lacking.isEmpty {
      workshop.notice("There is no key or address here for \(lacking); what needs that is left to other machines.")
    }
    let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let participant = Participant(name: "\(name):\(getpid())", works: works, offers: works ? offers : Needs())
    store.join(
      as: participant, needs: { workshop.needs(of: $0) },
      QueueListener(wake: { runner.wake() }, hearsAll: hears) { id, first in
        Task { await pool.run { workshop.book.hear(of: id, firstEvent: first) } }
      })
  }

  /// What this machine can do at the moment.
  var offers: Needs {
    var services = workshop.providerNames
    if EngineFiles.found(environment: ProcessInfo.processInfo.environment).isComplete {
      services.insert(Workshop.engineNeed)
    }
    return Needs(services: services, megabytes: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) >> 20)
  }
}
