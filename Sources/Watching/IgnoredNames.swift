import Glibc
package import SystemPackage

/// The names that are left alone: what browsers, editors, sync tools and desktops put beside real files.
///
/// Patterns know `*` and `?` and are compared byte for byte, ASCII letters without regard to case.
package struct IgnoredNames: Sendable, Hashable {
  private let patterns: [[UInt8]]

  /// The standard list and `extra` patterns of the user.
  package init(extra: [String] = []) {
    patterns = (Self.standard + extra).map { $0.utf8.map(Self.lowercase) }
  }

  static let standard = [
    // Dot files of any kind, among them .goutputstream-*, .~lock.*#, ._*, .fuse_hidden*, .nfs*, swap files.
    ".*",
    // Editors and office programs.
    "*~", "#*#", "~$*", "*.swp", "*.swx", "*.bak", "___jb_*___", "4913", "sed??????", "*.kra~", "*.autosave",
    // Browsers and downloaders.
    "*.part", "*.partial", "*.filepart", "*.crdownload", "*.download", "*.opdownload", "*.aria2", "*.!ut", "*.!qb",
    "unconfirmed *.crdownload",
    // Copy and sync tools.
    "*.tmp", "*.temp", "~syncthing~*", "*.sync-conflict-*.tmp", "*.rsync-tmp", "*.owncloudsync.log", "*.dropbox.attr",
    // Desktops, cameras and network storage.
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "#recycle", "$recycle.bin", "__macosx",
    "lost+found", "system volume information", "*.lock",
  ]

  /// Whether a file or folder of this name is left alone.
  package func contains(_ name: FilePath.Component) -> Bool {
    let bytes = name.withPlatformString { pointer in
      UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)).map(Self.lowercase)
    }
    return patterns.contains { Self.matches(bytes, $0) }
  }

  /// Only ASCII: folding more would need to know the name's encoding, and names are bytes.
  private static func lowercase(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte
  }

  private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
    var (at, next) = (0, 0)
    // Where to go on if a later byte does not fit: the last star takes one byte more.
    var retry: (at: Int, next: Int)?
    while at < name.count || next < pattern.count {
      if next < pattern.count {
        if pattern[next] == UInt8(ascii: "*") {
          next += 1
          retry = (at, next)
          continue
        }
        if at < name.count, pattern[next] == name[at] || pattern[next] == UInt8(ascii: "?") {
          (at, next) = (at + 1, next + 1)
          continue
        }
      }
      guard let last = retry, last.at < name.count else { return false }
      retry = (last.at + 1, last.next)
      (at, next) = (last.at + 1, last.next)
    }
    return true
  }
}
