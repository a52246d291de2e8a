import ArgumentParser
import SlipwayLocal
import SlipwayModel

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show the last lines that a replica has written.",
    discussion: """
      Of the slot with the most traffic, unless one is named. Asks the agent of this machine.

        slipway logs
        slipway logs --slot green --replica 1 --lines 50
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "blue or green; default: the one with the most traffic.")
  var slot: Slot?

  @Option(help: "Which replica, from 0.")
  var replica = 0

  @Option(help: "How many lines at most, up to 1000.")
  var lines = 100

  private struct Document: Encodable {
    let service: Name
    let environment: Name
    let slot: Slot
    let replica: Int
    let lines: [String]
  }

  func run() async throws {
    let agent = AgentClient(socketPath: try SocketPath.agent(stateFolder: place.stateFolder))
    let report = try choose(from: try await agent.workloads())
    let replicas = Set(report.processes.map(\.replica)).sorted()
    guard replicas.isEmpty || replicas.contains(replica) else {
      throw SlipwayError(
        .noReplica, .input, "\(report.slot.rawValue) has no replica \(replica)",
        remedy: "use one of: " + replicas.map { "\($0)" }.joined(separator: ", "))
    }
    let found = try await agent.log(of: report.key, slot: report.slot, replica: replica, lines: lines)
    if output.isJSON {
      return try Output.json(
        Document(
          service: report.key.service, environment: report.key.environment, slot: report.slot, replica: replica, lines: found))
    }
    found.forEach(Output.line)
  }

  private func choose(from reports: [SlotReport]) throws -> SlotReport {
    let fitting = reports.filter {
      (selection.service ?? $0.key.service) == $0.key.service && (selection.environment ?? $0.key.environment) == $0.key.environment
        && (slot ?? $0.slot) == $0.slot
    }
    guard Set(fitting.map(\.key)).count <= 1 else {
      let keys = Set(fitting.map(\.key)).sorted().map(\.description).joined(separator: ", ")
      throw SlipwayError(
        .severalRollouts, .input, "several services fit: \(keys)", remedy: "choose with --service and --environment")
    }
    guard let chosen = fitting.max(by: { $0.weight < $1.weight }) else {
      throw SlipwayError(.noRollout, .refused, "nothing that fits runs on this machine", remedy: "`slipway status` shows what runs")
    }
    return chosen
  }
}

extension Slot: ExpressibleByArgument {}

extension SlipwayError.Code {
  static let noReplica = SlipwayError.Code("no-replica")
}
