import TestSupport
import Testing
import Watching

@Test(arguments: [
  "a.png.part", "A.PNG.CRDOWNLOAD", ".goutputstream-X1Y2Z3", ".~lock.a.odt#", "._a.png", "Thumbs.db", "desktop.ini",
  "@eaDir", "sedFKnVGS", "4913", "a.kra~", ".a.png.swp", ".dat.nosync5E47.HkKFZz", "~$a.docx", "#a#", "__MACOSX",
])
func `a temporary is left alone`(_ name: String) throws {
  #expect(IgnoredNames().contains(try component(Array(name.utf8))))
}

@Test(arguments: ["a.png", "part", "thumbs.db.png", "a~.png", "tmp", "sed.png", "49131", "party.png", "-rf"])
func `a picture is not`(_ name: String) throws {
  #expect(!IgnoredNames().contains(try component(Array(name.utf8))))
}

@Test func `the user's patterns are compared byte for byte`() throws {
  let names = IgnoredNames(extra: ["\u{C9}*_old?.PNG"])
  #expect(names.contains(try component(Array("\u{C9}t\u{E9}_OLD1.png".utf8))))
  #expect(!names.contains(try component(Array("E\u{301}te_old1.png".utf8))))
  #expect(!names.contains(try component(Array("\u{C9}_old.png".utf8))))
}
