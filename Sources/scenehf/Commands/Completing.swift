import ArgumentParser
import Model
import Storage

/// What shells offer for JOB and STEP: those on the storage root that the line so far names.
enum Completing {
  /// Folder names, or the beginning of the id where a shell would need quotes for the name.
  static let jobs = CompletionKind.custom { words, _, _ in
    let jobs = store(words).flatMap { try? $0.outlines().jobs } ?? []
    return jobs.map { $0.face.allSatisfy(isPlain) ? $0.face : String($0.id.prefix(8)) }
  }

  /// The steps of the job that the line names.
  static let steps = CompletionKind.custom { words, _, _ in
    let store = store(words)
    let job = words.dropFirst(2).lazy.compactMap { word in store.flatMap { try? $0.find(word) } }.first
    return job?.steps.map(\.fileStem) ?? []
  }

  private static func isPlain(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
  }

  private static func store(_ words: [String]) -> JobStore? {
    let named = zip(words, words.dropFirst()).filter { ["--storage-root", "--config"].contains($0.0) }
    guard let options = try? GlobalOptions.parse(named.flatMap { [$0.0, $0.1] }) else { return nil }
    return (try? options.settings()).map { JobStore(reading: GlobalOptions.layout($0)) }
  }
}
