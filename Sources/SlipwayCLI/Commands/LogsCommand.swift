import ArgumentParser
import Foundation
import SlipwayEngine
import SlipwayLocal
import SlipwayModel

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show the last lines that a replica has written.",
    discussion: """
      Of the slot with the most traffic, unless one is named. Asks the agent of this machine. The log of a replica that is gone, \
      such as one of a candidate that went back, is kept until the slot is used again.

        slipway logs
        slipway logs --slot green --replica 1 --lines 50
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "blue or green; default: the one with the most traffic.")
  var slot: Slot?

  @Option(parsing: .unconditional, help: "Which replica, from 0.")
  var replica = 0

  @Option(parsing: .unconditional, help: "How many lines at most, up to 1000.")
  var lines = 100

  private struct Document: Encodable {
    let service: Name
    let environment: Name
    let slot: Slot
    let replica: Int
    /// Whether the replica is there.
    let running: Bool
    /// Where all of it is.
    let file: String
    let lines: [String]
  }

  func validate() throws {
    guard (1...1000).contains(lines) else { throw ValidationError("--lines takes a number from 1 to 1000, not \(lines)") }
    guard replica >= 0 else { throw ValidationError("--replica takes a number from 0, not \(replica)") }
  }

  func run() async throws {
    guard FileManager.default.fileExists(atPath: place.stateFolder + "/journal.db") else {
      throw NothingDeployed.error(stateFolder: place.stateFolder)
    }
    let files = LogFiles(stateFolder: place.stateFolder)
    let agent = AgentClient(socketPath: try SocketPath.agent(stateFolder: place.stateFolder))
    let reports = try await files.namingFolder { try await agent.workloads() }
    let found = try choose(from: reports, files)
    let log = try await agent.log(of: found.key, slot: found.slot, replica: found.replica, lines: lines)
    if output.isJSON {
      return try Output.json(
        Document(
          service: found.key.service, environment: found.key.environment, slot: found.slot, replica: found.replica,
          running: found.isRunning, file: files.path(of: found), lines: log))
    }
    if !found.isRunning {
      Output.note("replica \(found.replica) of \(found.key) in \(found.slot.rawValue) is gone; its log is \(files.path(of: found))")
    }
    log.forEach(Output.line)
  }

  private func choose(from reports: [SlotReport], _ files: LogFiles) throws -> ReplicaLog {
    let gone = files.all
    try selection.check(reports.map(\.key) + gone.map(\.key), place)
    let fitting = reports.filter { fits($0.key, $0.slot) }
    let left = gone.filter { fits($0.key, $0.slot) }
    let keys = Set(fitting.map(\.key) + left.map(\.key)).sorted()
    guard keys.count <= 1 else {
      throw SlipwayError(
        .severalRollouts, .input, "several services fit: \(keys.map(\.description).joined(separator: ", "))",
        remedy: "choose with --service and --environment")
    }
    let chosen = fitting.max { $0.weight < $1.weight }
    if let chosen, chosen.processes.contains(where: { $0.replica == replica }) {
      return ReplicaLog(key: chosen.key, slot: chosen.slot, replica: replica, isRunning: true)
    }
    if let newest = left.last(where: { $0.replica == replica && (chosen?.slot ?? $0.slot) == $0.slot }) { return newest }
    if let chosen, let first = chosen.processes.first {
      let replicas = Set(chosen.processes.map(\.replica)).sorted()
      throw SlipwayError(
        .noReplica, .input, "\(chosen.slot.rawValue) has no replica \(replica); the log of replica \(first.replica) is \(first.log)",
        remedy: "use one of: " + replicas.map { "\($0)" }.joined(separator: ", "))
    }
    throw SlipwayError(
      .noRollout, .refused, "nothing that fits runs on this machine, and there is no log of it in \(files.folder)",
      remedy: "`slipway status` shows what runs; `ls \(files.folder)` what has run")
  }

  private func fits(_ key: DeploymentKey, _ slot: Slot) -> Bool {
    (selection.service ?? key.service) == key.service && (selection.environment ?? key.environment) == key.environment
      && (self.slot ?? slot) == slot
  }
}

extension Slot: ExpressibleByArgument {}

extension SlipwayError.Code {
  static let noReplica = SlipwayError.Code("no-replica")
}
