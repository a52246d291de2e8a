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

      In a pod that reaches its cluster by its service account, it takes the Lease NAMESPACE/slipway before it drives anything, and stands \
      by while another server has it: then it answers questions and refuses commands. --lease names another one, wherever it runs, and \
      `none` needs none.

        slipway serve
        slipway serve --detach
        slipway serve --listen 127.0.0.1:7433
        slipway serve --releases-in shop --releases-in web
        slipway serve --listen 0.0.0.0:7433 --lease slipway/slipway
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

  @Option(
    help: ArgumentHelp(
      "The Lease of the cluster that has to be held for driving anything. Default: SLIPWAY_LEASE, or slipway in the pod's own namespace.",
      valueName: "namespace/name|none"))
  var lease: String?

  @Option(
    help: ArgumentHelp(
      "After so long without a sign of life another server may take the Lease; at least 3s. A server that can't renew it stops after two "
        + "thirds of that.", valueName: "duration"))
  var leaseDuration = TimeSpan.seconds(15)

  @Flag(help: "Run in the background, in a session of its own; its output goes to logs/serve.log of the state folder.")
  var detach = false

  func validate() throws {
    if let listen, ListenAddress(listen) == nil { throw ValidationError("'\(listen)' is not an address: use host:port.") }
    if leaseDuration < .seconds(3) || leaseDuration > .minutes(10) { throw ValidationError("--lease-duration is from 3s to 10m.") }
  }

  func run() async throws {
    let seat = try LeaseSeat(option: lease, duration: leaseDuration)
    if detach {
      // In the background nobody would see that it stands by, and whatever starts it again should know.
      if let seat {
        throw SlipwayError(
          .badLease, .input, "a server that has to hold the \(seat.lease) is not run with --detach",
          remedy: "leave out --detach and let a pod or a service manager run it, or say `--lease none`")
      }
      var arguments = listen.map { ["--listen", $0] } ?? []
      arguments += releasesIn.flatMap { ["--releases-in", $0.description] }
      arguments += ["--lease", "none"]
      let health = try await Backstage(stateFolder: place.stateFolder).startServer(arguments)
      if output.isJSON { return try Output.json(health) }
      return Output.line("the server runs as process \(health.processID)")
    }
    if seat == nil, let process = try Backstage(stateFolder: place.stateFolder).serverProcess() {
      throw SlipwayError(
        .serverRunning, .refused, "a server already runs on \(place.stateFolder), as process \(process)",
        remedy: "use it, or stop it with `slipway down`")
    }
    let composition = ServeComposition(
      stateFolder: place.stateFolder, listen: listen.flatMap { ListenAddress($0) },
      extraToken: ProcessInfo.processInfo.environment["SLIPWAY_TOKEN"], releaseNamespaces: releasesIn,
      logger: ProgramLog.logger("serve"), seat: seat)
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
