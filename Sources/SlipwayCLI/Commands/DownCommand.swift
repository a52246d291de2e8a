import ArgumentParser
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

struct DownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Stop server and agent, in this order.",
    discussion: """
      A rollout that is under way stays where it is and goes on when the server runs again; `slipway abort` ends it \
      first. The agent drains the proxy and stops every process in order; what ought to run is kept, so the next start brings it back. \
      Does nothing when nothing runs.

        slipway down
        slipway down --keep-processes
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Leave the service's processes running; the next agent takes them over.")
  var keepProcesses = false

  private struct Document: Encodable {
    let server: String
    let agent: String
    /// Rollouts that are not over.
    let interrupted: [String]
  }

  func run() async throws {
    let stopped = try await Backstage(stateFolder: place.stateFolder).stop(keepProcesses: keepProcesses)
    for view in stopped.interrupted {
      Output.note(
        "warning: rollout \(view.id) of \(view.service) in \(view.environment) to \(view.version) is not over (\(view.phase.rawValue)); "
          + "it stays where it is and goes on when the server runs again")
    }
    if output.isJSON {
      return try Output.json(Document(server: stopped.server, agent: stopped.agent, interrupted: stopped.interrupted.map(\.id)))
    }
    Output.line("server: \(stopped.server)\nagent: \(stopped.agent)")
  }
}
