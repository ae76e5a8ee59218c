package import SystemPackage

/// Where everything lies below a storage root (DESIGN section 1).
package struct Layout: Sendable, Hashable {
  package let root: FilePath

  package init(root: String) {
    self.root = FilePath(root)
  }

  /// The four folders that people see besides the inbox.
  package enum Folder: String, Sendable, CaseIterable {
    case working
    case review
    case done
    case rejected
  }

  package var inbox: FilePath { root.appending("inbox") }
  package var jobs: FilePath { root.appending("jobs") }
  package func folder(_ folder: Folder) -> FilePath { root.appending(folder.rawValue) }

  /// A file that tells a folder from the empty place where its disk is mounted at other times.
  func presence(of folder: Folder) -> FilePath { self.folder(folder).appending(".scenehf-folder") }

  /// Service state, never for people.
  package var hidden: FilePath { root.appending(".scenehf") }
  package var lock: FilePath { hidden.appending("lock") }
  /// Bodies that are being made; on the root's own file system, so that one rename finishes them.
  package var staging: FilePath { hidden.appending("staging") }
  /// Written once all folders were made: where it exists, a missing folder means a missing disk.
  package var marker: FilePath { hidden.appending("root.json") }
  /// Commands of a person for the running service, and its answers.
  package var requests: FilePath { hidden.appending("requests") }
  package var answers: FilePath { hidden.appending("answers") }

  /// The body of a job. An id that is not one plain name leads to a body that does not exist.
  package func body(of jobID: String) -> FilePath {
    let name = FilePath(jobID)
    guard !name.isAbsolute, name.components.count == 1, let id = name.lastComponent, id.kind == .regular else {
      return jobs.appending(".none")
    }
    return jobs.appending(id)
  }

  /// The folders of people and of the jobs: one that is missing once they were made is a missing disk.
  var required: [FilePath] { [inbox, jobs] + Folder.allCases.map(folder) + [hidden] }

  /// What lies in `hidden`; made again where it is missing.
  var ours: [FilePath] { [staging, requests, answers] }
}
