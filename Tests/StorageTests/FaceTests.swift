import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct FaceTests {
  private func withFace(_ body: (Root, JobStore, Job, Face) throws -> Void) throws {
    try withRoot { root in
      let store = try root.open()
      let job = root.job("street.jpg")
      try store.take(try root.drop("street.jpg"), as: job)
      let face = store.face(of: job)
      try face.create(in: .working)
      try body(root, store, job, face)
    }
  }

  @Test func `a face lies in one folder and moves by one rename`() throws {
    try withFace { root, store, job, face in
      #expect(try face.folder() == .working)
      try face.write("status.txt", [1])
      for folder in [Layout.Folder.review, .review, .working, .done] {
        try face.move(to: folder)
        #expect(try face.folder() == folder)
        #expect(try face.read("status.txt", limit: 10) == [1])
        let total = try Layout.Folder.allCases.map { try store.countFaces(in: $0) }.reduce(0, +)
        #expect(total == 1)
      }
    }
  }

  @Test func `it is dismissed only once it has been shown`() throws {
    try withFace { root, _, _, face in
      remove(root.layout.folder(.working).appending(face.name))
      #expect(!face.wasDismissed)
      try face.create(in: .working)
      try face.move(to: .review)
      #expect(face.wasDismissed)
    }
  }

  @Test func `painting over a placed file does not change the body`() throws {
    try withFace { root, store, job, face in
      let source = try #require(job.source)
      try face.place(store.path(of: source, of: job.id), as: "source.png")
      try write("paint", to: root.layout.folder(.working).appending(face.name).appending("source.png"))
      #expect(try store.read(source, of: job.id) == Array("content".utf8))
    }
  }

  @Test func `a link in a face is neither read nor written through`() throws {
    try withFace { root, _, _, face in
      let outside = root.layout.root.appending("outside.txt")
      try write("theirs", to: outside)
      let planted = root.layout.folder(.working).appending(face.name).appending("status.txt")
      #expect(planted.withPlatformString { link in outside.withPlatformString { symlink($0, link) } } == 0)
      #expect(try face.read("status.txt", limit: 100) == nil)
      try face.write("status.txt", Array("ours".utf8))
      #expect(try read(outside) == "theirs")
      #expect(try face.read("status.txt", limit: 100) == Array("ours".utf8))
    }
  }

  @Test func `a link in the place of a face is not the face`() throws {
    try withFace { root, _, _, face in
      let place = root.layout.folder(.working).appending(face.name)
      remove(place)
      #expect(place.withPlatformString { symlink("/tmp", $0) } == 0)
      let folder = try face.folder()
      #expect(folder == nil)
      #expect(throws: StorageError.self) { try face.write("x", []) }
    }
  }

  @Test func `a person's copy of a face in the way is set aside, not overwritten`() throws {
    try withFace { root, store, job, face in
      let place = root.layout.folder(.done).appending(face.name)
      try makeFolder(place)
      try write("theirs", to: place.appending("note.txt"))
      try face.write("status.txt", Array("ours".utf8))
      try face.move(to: .done)
      #expect(try read(place.appending("status.txt")) == "ours")
      let aside = root.layout.folder(.done).appending(face.name + " (2)")
      #expect(try read(aside.appending("note.txt")) == "theirs")
    }
  }
}

@Suite struct RequestsTests {
  @Test func `a request is answered once and then gone`() throws {
    try withRoot { root in
      let store = try root.open()
      let first = ServiceRequest(verb: "retry", jobID: "a", stepID: "s", prompt: "p")
      try root.layout.post(first)
      #expect(try store.pendingRequests() == [first])
      #expect(try root.layout.takeAnswer(to: first) == nil)
      let answer = ServiceAnswer(succeeded: true, sentence: "Done.")
      try store.answer(first, answer)
      #expect(try store.pendingRequests().isEmpty)
      #expect(try root.layout.takeAnswer(to: first) == answer)
      #expect(try root.layout.takeAnswer(to: first) == nil)
    }
  }

  @Test func `what is no request is removed, a withdrawn one too`() throws {
    try withRoot { root in
      let store = try root.open()
      try write("{", to: root.layout.requests.appending("x.json"))
      let request = ServiceRequest(verb: "skip", jobID: "a")
      try root.layout.post(request)
      try root.layout.withdraw(request)
      #expect(try store.pendingRequests().isEmpty)
      #expect(names(in: root.layout.requests).isEmpty)
    }
  }
}
