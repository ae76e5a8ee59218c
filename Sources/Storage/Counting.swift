import Glibc
package import SystemPackage

extension JobStore {
  /// How many faces lie in a folder.
  package func countFaces(in folder: Layout.Folder) throws(StorageError) -> Int {
    try SystemCalls.names(in: layout.folder(folder)).count { !$0.string.hasPrefix(".") }
  }

  /// How many files lie below a folder, dot files and the README.txt of presets' folders left out.
  package func countFiles(below folder: FilePath) throws(StorageError) -> Int {
    var count = 0
    for name in try SystemCalls.names(in: folder) where !name.string.hasPrefix(".") && name.string != "README.txt" {
      let path = folder.appending(name)
      guard let info = try SystemCalls.status(path) else { continue }
      count += info.st_mode & S_IFMT == S_IFDIR ? try countFiles(below: path) : 1
    }
    return count
  }
}
