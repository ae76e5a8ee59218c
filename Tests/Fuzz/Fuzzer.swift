import FoundationEssentials

/// Feeds one reader changed inputs, and keeps those that brought a new kind of answer to change them further.
///
/// A crash ends the process; the input that did it is in the file `current` then, if a folder was given.
package struct Fuzzer {
  private let reader: Reader
  private var corpus: [[UInt8]]
  private var kinds: Set<String> = []
  private var chance: Chance
  private let folder: String?

  /// As many inputs as are kept for further change.
  private static let mostKept = 2000

  /// Begins with the files of the tree and, in `folder`, with what earlier rounds have kept there.
  package init(_ reader: Reader, seed: UInt64, folder: String? = nil) {
    self.reader = reader
    self.folder = folder.map { "\($0)/\(reader.name)" }
    chance = Chance(seed)
    corpus = reader.texts
    if let suffix = reader.suffix { corpus += Self.files(in: Self.corpusFolder) { $0.hasSuffix(".\(suffix)") } }
    if let folder = self.folder {
      try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      corpus += Self.files(in: folder) { $0.hasPrefix("kept-") }
    }
  }

  private static let corpusFolder = URL(filePath: #filePath).deletingLastPathComponent().path + "/Corpus"

  private static func files(in folder: String, _ isWanted: (String) -> Bool) -> [[UInt8]] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter(isWanted).sorted().compactMap { name in
      FileManager.default.contents(atPath: "\(folder)/\(name)").map { Array($0) }
    }
  }

  /// How many kinds of answers have come so far.
  package var kindCount: Int { kinds.count }
  /// How many inputs are there to be changed.
  package var inputCount: Int { corpus.count }

  /// Tries the inputs as they are, then `rounds` changed ones. Throws where a promise was broken, with the input beside.
  package mutating func run(rounds: Int) throws {
    for input in corpus { kinds.insert(try answer(to: input)) }
    try runOn(rounds: rounds)
  }

  /// Tries further inputs.
  package mutating func runOn(rounds: Int) throws {
    let mutation = reader.mutation
    for _ in 0..<rounds {
      let (one, other) = (chance.one(of: corpus) ?? [], chance.one(of: corpus) ?? [])
      let input = mutation.mutated(one, with: other, &chance)
      guard kinds.insert(try answer(to: input)).inserted, corpus.count < Self.mostKept else { continue }
      corpus.append(input)
      if let folder { try Data(input).write(to: URL(filePath: "\(folder)/kept-\(corpus.count)")) }
    }
  }

  private func answer(to input: [UInt8]) throws -> String {
    if let folder { try Data(input).write(to: URL(filePath: "\(folder)/current")) }
    do {
      return try reader.kind(input)
    } catch let broken as Reader.Broken {
      throw Reader.Broken(description: "\(reader.name): \(broken). The input: \(Data(input).base64EncodedString())")
    }
  }
}
