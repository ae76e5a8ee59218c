import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct DurableWriteTests {
  @Test func `a file is made, then replaced, whole`() throws {
    try withFolder(on: fastPlace) { folder in
      let path = folder.appending("a.json")
      for text in ["one", "", "a longer text than before"] {
        try DurableWrite.write(Array(text.utf8), to: path)
        #expect(try read(path) == text)
      }
      #expect(names(in: folder).count == 1)
    }
  }

  @Test func `short and interrupted writes come to the same file`() throws {
    try withFolder(on: fastPlace) { folder in
      let path = folder.appending("a.json")
      let interruptions = Counter()
      let disk = Interference(
        plan: { _ in interruptions.next().isMultiple(of: 2) ? .interrupted : nil }, shorten: { _, _ in 3 })
      let text = "a text of more than three bytes"
      try SystemCalls.$interference.withValue(disk) { try DurableWrite.write(Array(text.utf8), to: path) }
      #expect(try read(path) == text)
    }
  }

  @Test(arguments: [Errno.noSpace, .ioError, .readOnlyFileSystem, .diskQuotaExceeded])
  func `a failure at any call leaves the old file and nothing else`(_ error: Errno) throws {
    try withFolder(on: fastPlace) { folder in
      let path = folder.appending("a.json")
      try DurableWrite.write(Array("old".utf8), to: path)
      for target in 1...20 {
        let count = Counter()
        let disk = Interference(plan: { operation in
          operation.changesDisk && count.next() == target ? error : nil
        })
        var failed = false
        SystemCalls.$interference.withValue(disk) {
          do throws(StorageError) {
            try DurableWrite.write(Array("new".utf8), to: path)
          } catch {
            failed = true
            #expect(error.concernsDisk)
          }
        }
        #expect(names(in: folder).count == 1)
        let text = try read(path)
        // The folder's own sync comes after the rename: then the new file is there, but not promised.
        #expect(text == (failed && target < 5 ? "old" : "new"))
        if !failed { return }
        try DurableWrite.write(Array("old".utf8), to: path)
      }
      Issue.record("never came to an end")
    }
  }

  @Test func `a name as long as the file system takes can be written`() throws {
    try withFolder(on: fastPlace) { folder in
      for bytes in [[UInt8](repeating: UInt8(ascii: "x"), count: 255), [UInt8](repeating: 0xFE, count: 255)] {
        let path = folder.appending(try component(bytes))
        try DurableWrite.write(Array("one".utf8), to: path)
        #expect(try read(path) == "one")
      }
    }
  }

  @Test func `a link in the place of the file is replaced, not followed`() throws {
    try withFolder(on: fastPlace) { folder in
      let outside = folder.appending("outside")
      let path = folder.appending("a.json")
      try write("theirs", to: outside)
      #expect(path.withPlatformString { symlink("outside", $0) } == 0)
      try DurableWrite.write(Array("ours".utf8), to: path)
      #expect(try read(outside) == "theirs")
      #expect(try read(path) == "ours")
    }
  }

  @Test func `a copy shares nothing with its original`() throws {
    try withFolder(on: fastPlace) { folder in
      let (one, other) = (folder.appending("one"), folder.appending("other"))
      try write("content", to: one)
      try DurableWrite.copy(one, to: other)
      try append("more", to: other)
      #expect(try read(one) == "content")
      #expect(throws: StorageError.self) { try DurableWrite.copy(one, to: other, replacing: false) }
      #expect(try read(other) == "contentmore")
      #expect(names(in: folder).count == 2)
    }
  }

  @Test func `a listing that breaks off is an error, not a short listing`() throws {
    try withFolder(on: fastPlace) { folder in
      let disk = Interference(plan: { operation in if case .list = operation { .ioError } else { nil } })
      SystemCalls.$interference.withValue(disk) {
        #expect(throws: StorageError.self) { try SystemCalls.names(in: folder) }
      }
    }
  }

  @Test(arguments: [
    (Errno.noSpace, "Free some space"), (.readOnlyFileSystem, "Mount the disk writable"),
    (.permissionDenied, "Give this user the right"), (.ioError, "Check the disk"),
  ])
  func `an error says what, where, why and what to do`(_ errno: Errno, _ remedy: String) {
    let error = StorageError.system("write", "/a/b", errno)
    #expect(error.description.hasPrefix("Could not write /a/b: "))
    #expect(error.description.contains(remedy))
  }
}
