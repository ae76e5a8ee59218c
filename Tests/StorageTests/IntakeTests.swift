import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Test func `beside a name as long as a name can be lies nothing with a longer one`() throws {
  try withRoot { root in
    let store = try root.open()
    let name = String(repeating: "x", count: 255)
    _ = try root.drop(name)
    #expect(try store.readDrop(root.inbox.appending("\(name).yaml"), limit: 10) == nil)
    #expect(try store.readDrop(root.inbox.appending(name), limit: 10)?.count == 7)
  }
}

@Test func `a drop becomes the source of its job, byte for byte, and is gone from the inbox`() throws {
  try withRoot { root in
    let store = try root.open()
    let drop = try root.drop("a.png", "picture")
    let job = root.job()
    try store.take(drop, as: job)
    let source = try #require(job.source)
    #expect(try store.read(source, of: job.id) == Array("picture".utf8))
    #expect(try store.load(job.id) == job)
    #expect(names(in: root.inbox).isEmpty)
    #expect(root.leftovers().isEmpty)
    try store.furnish(job.id)
    for folder in ["source", "generations", "masks", "derived"] {
      #expect(isFolder(root.layout.body(of: job.id).appending("assets").appending(folder)))
    }
  }
}

@Test func `a file that changed since it was found whole stays where it is`() throws {
  try withRoot { root in
    let store = try root.open()
    let drop = try root.drop("a.png", "one")
    try append("more", to: drop.path)
    #expect(throws: StorageError.changedMeanwhile(drop.path)) { try store.take(drop, as: root.job()) }
    #expect(try root.everything() == ["onemore"])
    #expect(root.leftovers().isEmpty)
    #expect(try store.jobIDs().isEmpty)
  }
}

@Test func `a file that is being written again is put back`() throws {
  try withRoot { root in
    let store = try root.open()
    let drop = try root.drop("a.png", "one")
    try whileWriting(drop.path) {
      #expect(throws: StorageError.changedMeanwhile(drop.path)) { try store.take(drop, as: root.job()) }
    }
    #expect(try read(drop.path) == "one")
    #expect(root.leftovers().isEmpty)
    try store.take(drop, as: root.job())
    #expect(try root.everything() == ["one"])
  }
}

@Test func `a file that cannot be put back under its name, because another came, gets a free one`() throws {
  try withRoot { root in
    let store = try root.open()
    let drop = try root.drop("a.png", "one")
    try whileWriting(drop.path) {
      // A person saves another picture of the same name just when ours was renamed away.
      let disk = Interference(plan: { operation in
        if case .open(let path) = operation, path.components.contains("source") {
          try? write("two", to: drop.path)
        }
        return nil
      })
      SystemCalls.$interference.withValue(disk) {
        #expect(throws: StorageError.changedMeanwhile(drop.path)) { try store.take(drop, as: root.job()) }
      }
    }
    #expect(try read(drop.path) == "two")
    #expect(try read(root.inbox.appending("a 2.png")) == "one")
    #expect(root.leftovers().isEmpty)
  }
}

@Test func `a file whose sync fails is put back, not lost`() throws {
  try withRoot { root in
    let store = try root.open()
    let drop = try root.drop("a.png", "one")
    let disk = Interference(plan: { operation in
      if case .sync(let path) = operation, path.components.contains("source") { .ioError } else { nil }
    })
    SystemCalls.$interference.withValue(disk) {
      #expect(throws: StorageError.self) { try store.take(drop, as: root.job()) }
    }
    #expect(try read(drop.path) == "one")
    #expect(root.leftovers().isEmpty)
  }
}

@Test func `a hard link is copied, so that its other name cannot change the source`() throws {
  try withRoot { root in
    let store = try root.open()
    let original = root.layout.root.appending("original.png")
    try write("one", to: original)
    try link(original, to: root.inbox.appending("a.png"))
    let job = root.job()
    try store.take(try root.describe(root.inbox.appending("a.png")), as: job)
    try append("more", to: original)
    #expect(try root.everything() == ["one"])
    #expect(root.leftovers().isEmpty)
    #expect(!exists(root.layout.body(of: job.id).appending(".origin.json")))
  }
}

@Test(.enabled(if: areApart("/dev/shm", "/tmp"), "needs /dev/shm on another file system than /tmp"))
func `a drop on another file system is copied, compared and removed`() throws {
  try withRoot { root in
    let store = try root.open()
    try withFolder(on: "/tmp") { far in
      let drop = try root.drop(far.appending("a.png"), "one")
      let job = root.job()
      try store.take(drop, as: job)
      #expect(names(in: far).isEmpty)
      #expect(try root.everything() == ["one"])
      let link = far.appending("link.png")
      #expect(link.withPlatformString { symlink("/etc/passwd", $0) } == 0)
      let face = try store.reject(link, stem: "link", reason: "It is a link.")
      #expect(!exists(link))
      #expect(exists(root.layout.folder(.rejected).appending(face).appending("link.png")))
      try store.reject(try root.drop(far.appending("b.png"), "two").path, stem: "b", reason: "Broken.")
      #expect(names(in: far).isEmpty)
      #expect(root.leftovers().isEmpty)
    }
  }
}

@Test(arguments: [
  [0xFF, 0xFE, 0x20, 0x2E, 0x70, 0x6E, 0x67], Array("new\nline.png".utf8), Array("-rf".utf8), Array("🎨.png".utf8),
  Array("reason.txt".utf8), [UInt8](repeating: UInt8(ascii: "x"), count: 255),
  [0xFF] + [UInt8](repeating: 0xFE, count: 254),
  Array(" .png ".utf8),
])
func `any name is taken, put back and rejected as its bytes`(_ bytes: [UInt8]) throws {
  try withRoot { root in
    let store = try root.open()
    let path = root.inbox.appending(try component(bytes))
    try store.take(try root.drop(path, "one"), as: root.job(path.lastComponent?.string ?? ""))
    let stem = FaceName.stem(ofFileNamed: path.lastComponent?.string ?? "")
    let face = try store.reject(try root.drop(path, "two").path, stem: stem, reason: "Broken.")
    let folder = root.layout.folder(.rejected).appending(face)
    let rejected =
      bytes == Array("reason.txt".utf8) ? try component(Array("dropped-reason.txt".utf8)) : try component(bytes)
    #expect(try read(folder.appending(rejected)) == "two")
    #expect(try read(folder.appending("reason.txt")) == "Broken.\n")
    #expect(try root.everything() == ["one", "two"])
  }
}

@Test func `twins in NFC and NFD are two jobs`() throws {
  try withRoot { root in
    let store = try root.open()
    for name in ["\u{E9}.png", "e\u{301}.png"] {
      try store.take(try root.drop(root.inbox.appending(name), name), as: root.job(name))
    }
    #expect(try store.jobIDs().count == 2)
    #expect(try root.everything().count == 2)
  }
}

@Test func `links and pipes are rejected without being opened`() throws {
  try withRoot { root in
    let store = try root.open()
    let link = root.inbox.appending("link.png")
    let pipe = root.inbox.appending("pipe.png")
    #expect(link.withPlatformString { symlink("/etc/passwd", $0) } == 0)
    #expect(pipe.withPlatformString { mkfifo($0, 0o600) } == 0)
    for path in [link, pipe] {
      let face = try store.reject(path, stem: "x", reason: "It is no picture.")
      #expect(exists(root.layout.folder(.rejected).appending(face).appending(path.lastComponent?.string ?? "")))
    }
    #expect(names(in: root.inbox).isEmpty)
  }
}

@Test func `what was replaced since it was found broken is not rejected`() throws {
  try withRoot { root in
    let store = try root.open()
    let drop = try root.drop("a.png", "broken")
    try append(" no more", to: drop.path)
    #expect(throws: StorageError.changedMeanwhile(drop.path)) {
      try store.reject(drop.path, expecting: drop.identity, stem: "a", reason: "Broken.")
    }
    #expect(visibleNames(in: root.layout.folder(.rejected)).isEmpty)
    #expect(try root.everything() == ["broken no more"])
    #expect(root.leftovers().isEmpty)
  }
}

@Test func `a copy of a file becomes a job and the file stays`() throws {
  try withRoot { root in
    let store = try root.open()
    let path = root.layout.root.appending("mine.png")
    try write("one", to: path)
    try store.adopt(copyOf: path, as: root.job())
    #expect(try read(path) == "one")
    #expect(try root.everything() == ["one"])
    #expect(throws: StorageError.self) {
      try store.adopt(copyOf: root.layout.root.appending("none.png"), as: root.job())
    }
    #expect(root.leftovers().isEmpty)
  }
}
