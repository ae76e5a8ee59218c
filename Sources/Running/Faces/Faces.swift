import ImageServices
import Imaging
package import Model
import Storage

/// The visible folders of jobs: what people open in a file manager (DESIGN sections 1, 6 and 7).
///
/// Everything written here can be made again from the body. A person's own files in a face, and an edit
/// file that a person has touched, are never changed or removed.
package struct Faces: Sendable {
  let workshop: Workshop

  package init(workshop: Workshop) {
    self.workshop = workshop
  }

  /// The face of a job that has just come in or goes on: in `working`, or where it lies. Blocks.
  package func showProgress(of job: Job, step: Step?) throws {
    try workshop.book.holdingFace(of: job.id) { try putInWork(job, step: step) }
  }

  private func putInWork(_ job: Job, step: Step?) throws {
    let face = workshop.store.face(of: job)
    if try face.folder() == nil {
      guard !face.wasDismissed else { return }
      try face.create(in: .working)
    }
    // A finished job that runs again is not finished; a face under review stays where the person is working.
    if try face.folder() == .done { try face.move(to: .working) }
    let text = StatusText(job: job, current: step, provider: provider(of: step)).text
    try face.note("status.txt", Array(text.utf8))
  }

  private func provider(of step: Step?) -> String? {
    step.flatMap { try? workshop.services(for: $0).first?.name }
  }

  /// Fills the face with what the job's status asks for and moves it there. Blocks.
  package func publish(_ job: Job) throws {
    try workshop.book.holdingFace(of: job.id) { try fill(job) }
  }

  private func fill(_ job: Job) throws {
    let face = workshop.store.face(of: job)
    guard try face.folder() != nil || !face.wasDismissed else { return }
    if try face.folder() == nil { try face.create(in: .working) }
    switch job.status {
    case .done:
      try Deliverables(workshop: workshop, job: job, face: face).write()
      try face.move(to: .done)
    case .paused where job.isHeld:
      try putInWork(job, step: nil)
    case .paused, .failed, .cancelled:
      try ReviewFiles(workshop: workshop, job: job, face: face).write()
      try face.write("status.txt", Array(StatusText(job: job, current: nil).text.utf8))
      try face.move(to: .review)
    case .idle, .planned, .running:
      try putInWork(job, step: nil)
    }
  }

  /// Makes the face again after a crash between a saved status and its files. Blocks.
  package func repair(_ job: Job) throws {
    try publish(job)
  }
}
