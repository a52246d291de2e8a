import ArgumentParser
import SlipwayLocal
import SlipwayModel
import UnixSignals

struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent", abstract: "Run the agent: the proxy and the processes behind it.",
    discussion: """
      In the foreground until SIGINT or SIGTERM, which drain the proxy and stop every process in order. An agent that is killed leaves \
      them running, and the next one takes them over.

        slipway agent
        slipway agent --detach
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Run in the background, in a session of its own; its output goes to logs/agent.log of the state folder.")
  var detach = false

  func run() async throws {
    if detach {
      let status = try await Backstage(stateFolder: place.stateFolder).startAgent()
      if output.isJSON { return try Output.json(status) }
      return Output.line("the agent runs as process \(status.pid)")
    }
    let agent = Agent(stateFolder: place.stateFolder, logger: ProgramLog.logger("agent"))
    let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
    try await withThrowingTaskGroup { group in
      group.addTask {
        try await agent.run { status in Output.line("the agent of \(status.state) runs as process \(status.pid)") }
      }
      group.addTask {
        for await _ in signals { agent.stop(.down) }
        // Cancelled with the group; the agent's end is what is waited for.
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
