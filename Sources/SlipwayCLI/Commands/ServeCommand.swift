import ArgumentParser
import Foundation
import Logging
import SlipwayModel
import SlipwayServer

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run the server: the engine and its HTTP API.",
    discussion: """
      In the foreground until SIGINT or SIGTERM; rollouts under way stay where they are and go on at the next start. The API is on a \
      Unix socket in the state folder, and over TCP when --listen asks for it. Over TCP every request needs a token: SLIPWAY_TOKEN, or \
      one of the state folder's file `token`, which is made at first use.

        slipway serve
        slipway serve --detach
        slipway serve --listen 127.0.0.1:7433
        slipway serve --releases-in shop --releases-in web
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Offer the API over TCP as well; never without a token.", valueName: "host:port"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "Carry out the Releases (slipway.dev/v1alpha1) of this namespace of the cluster; may be given several times.",
      valueName: "namespace"))
  var releasesIn: [Name] = []

  @Flag(help: "Run in the background, in a session of its own; its output goes to logs/serve.log of the state folder.")
  var detach = false

  func validate() throws {
    if let listen, ListenAddress(listen) == nil { throw ValidationError("'\(listen)' is not an address: use host:port.") }
  }

  func run() async throws {
    if detach {
      let health = try await Backstage(stateFolder: place.stateFolder).startServer(
        (listen.map { ["--listen", $0] } ?? []) + releasesIn.flatMap { ["--releases-in", $0.description] })
      if output.isJSON { return try Output.json(health) }
      return Output.line("the server runs as process \(health.processID)")
    }
    if let process = try Backstage(stateFolder: place.stateFolder).serverProcess() {
      throw SlipwayError(
        .serverRunning, .refused, "a server already runs on \(place.stateFolder), as process \(process)",
        remedy: "use it, or stop it with `slipway down`")
    }
    let composition = ServeComposition(
      stateFolder: place.stateFolder, listen: listen.flatMap { ListenAddress($0) },
      extraToken: ProcessInfo.processInfo.environment["SLIPWAY_TOKEN"], releaseNamespaces: releasesIn,
      logger: ProgramLog.logger("serve"))
    try await composition.run { ready in
      switch ready {
      case .socket(let path): Output.line("the API is at \(path)")
      case .address(let address): Output.line("the API is at http://\(address), with a token")
      }
    }
  }
}

extension SlipwayError.Code {
  static let serverRunning = SlipwayError.Code("server-running")
}
