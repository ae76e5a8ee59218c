import ArgumentParser
import Model
import Running

/// `scenehf decode-for-parent`: the child process in which this program reads pictures.
struct DecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode-for-parent", abstract: "Read pictures for the process that started this one.",
    shouldDisplay: false)

  func run() { DecodingServer.run() }

  /// The one decoder of this process. The program is the very file that runs, also after it was replaced.
  static func decoder(_ settings: Settings) -> PictureDecoder {
    PictureDecoder(command: ["/proc/self/exe", configuration.commandName ?? ""], pixels: settings.maxPixels)
  }
}
