import ArgumentParser
import Blocking
import Running
import Serving

/// The options of the commands that can serve the page and the API.
struct FaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Serve the page and the API there, such as 127.0.0.1:8765; port 0 takes a free one.", valueName: "HOST:PORT"),
    transform: Self.address)
  var http: ListenAddress?
  @Option(help: ArgumentHelp("A further host name under which the page is reached; repeatable.", valueName: "NAME"))
  var httpHost: [String] = []

  private static func address(_ text: String) throws -> ListenAddress {
    do throws(ServingError) {
      return try ListenAddress(text)
    } catch {
      throw ValidationError(error.description)
    }
  }

  /// The page and the API, where they were asked for.
  func face(of studio: Studio, display: Display) -> HTTPFace? {
    http.map { address in
      HTTPFace(
        listening: address, hosts: httpHost, workshop: studio.workshop, pool: studio.pool,
        wake: { studio.runner.wake() }, note: { display.note($0) })
    }
  }
}
