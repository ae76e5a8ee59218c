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

  package func body(of jobID: String) -> FilePath { jobs.appending(jobID) }

  /// The folders that must be there for the service to work.
  var required: [FilePath] {
    [inbox, jobs] + Folder.allCases.map(folder) + [hidden, staging, requests, answers]
  }
}
