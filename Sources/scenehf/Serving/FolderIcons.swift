import FoundationEssentials
import Glibc
import Storage
import SystemPackage

/// What the folders look like in a file manager, as far as desktops let programs say so: by names of the freedesktop.org
/// icon naming specification and what icon themes add to it.
enum FolderIcons {
  private static func icons(_ layout: Layout) -> [(folder: FilePath, icon: String)] {
    [
      (layout.inbox, "folder-download"), (layout.folder(.working), "folder-temp"),
      (layout.folder(.review), "folder-important"), (layout.folder(.done), "folder-pictures"),
      (layout.folder(.rejected), "folder-red"),
    ]
  }

  /// KDE's file managers read a file `.directory`; one that is there is a person's choice and stays. Elsewhere the
  /// folders stay as empty as they look. Blocks.
  static func writeFiles(_ layout: Layout) throws(StorageError) {
    let desktop = ProcessInfo.processInfo.environment["XDG_CURRENT_DESKTOP"] ?? ""
    guard desktop.split(separator: ":").contains("KDE") else { return }
    for (folder, icon) in icons(layout) {
      let path = folder.appending(".directory")
      if access(path.string, F_OK) == 0 || access(folder.string, W_OK) != 0 { continue }
      try DurableWrite.write(Array("[Desktop Entry]\nIcon=\(icon)\n".utf8), to: path)
    }
  }

  /// GNOME's keep it beside the file system, where gio(1) puts it; without that program or a session nothing happens.
  static func tellDesktop(_ layout: Layout) {
    for (folder, icon) in icons(layout) where access(folder.string, F_OK) == 0 {
      let script = "exec gio set --type=string \"$0\" metadata::custom-icon-name \"$1\" 2> /dev/null"
      _ = HookProcess.run(["sh", "-c", script, folder.string, icon], facts: [:], seconds: 5)
    }
  }
}
