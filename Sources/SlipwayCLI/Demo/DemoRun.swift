import ArgumentParser
import Foundation
import SlipwayDemo
import SlipwayEngine
import SlipwayLocal
import SlipwayModel
import SlipwayRuntime
import SlipwayServer
import SlipwayStore

/// The demonstration: a real agent, a real server, real processes, under real load.
struct DemoRun: Sendable {
  let folder: DemoFolder
  let rate: Double
  let connections: Int
  /// Takes the lines that tell what is going on.
  let tell: @Sendable (String) -> Void

  func run() async throws -> DemoReport {
    let started = ContinuousClock.now
    let backstage = Backstage(stateFolder: folder.state)
    try folder.configure(.blueGreen)
    let agent = try await backstage.startAgent()
    let server = try await backstage.startServer()
    tell("agent (process \(agent.pid)) and server (process \(server.processID)) run in \(folder.path)")
    let connection = Connection(options: try ServerOptions.parse(["--state", folder.state, "--file", folder.file]))
    let (rollouts, load) = try await connection.use { client in try await self.story(client) }
    let verified = try await JournalVerifier(folder: folder.state).verify()
    let elapsed = ContinuousClock.now - started
    return DemoReport(
      requests: load.requests, failedRequests: load.failedRequests(exceptErrorsOf: DemoScript.faulty), rollouts: rollouts,
      journalEntries: verified.entries, journalVerified: verified.isIntact, seconds: elapsed / .seconds(1), load: load)
  }

  /// Deploys the first release, then the others under load.
  private func story(_ client: ServerClient) async throws -> ([DemoReport.Rollout], LoadReport) {
    var rollouts = [try await deploy(DemoScript.releases[0], client, load: nil)]
    let generator = LoadGenerator(try await plan())
    tell("load: \(Int(rate)) requests/s over \(connections) connections, two websockets and a slow upload")
    return try await withThrowingTaskGroup(of: LoadReport.self) { group in
      group.addTask { try await generator.run() }
      do {
        for release in DemoScript.releases.dropFirst() { rollouts.append(try await deploy(release, client, load: generator)) }
      } catch {
        generator.stop()
        throw error
      }
      generator.stop()
      var report = LoadReport()
      for try await finished in group { report = finished }
      return (rollouts, report)
    }
  }

  private func plan() async throws -> LoadPlan {
    let agent = AgentClient(socketPath: try SocketPath.agent(stateFolder: folder.state))
    guard let listen = try await agent.workloads().lazy.compactMap(\.listen).first else {
      throw SlipwayError(
        .demoNotListening, .broken, "the proxy does not listen", remedy: "read the logs in \(folder.state)/logs (use --keep)")
    }
    var plan = LoadPlan(port: listen.port)
    plan.pace = .perSecond(rate)
    plan.connections = connections
    plan.webSockets = 2
    plan.slowUploads = 1
    plan.duration = .minutes(3)
    return plan
  }

  private func deploy(_ release: DemoRelease, _ client: ServerClient, load: LoadGenerator?) async throws -> DemoReport.Rollout {
    tell("")
    tell("\(release.version): \(release.story)")
    try folder.configure(release.strategy)
    let place = try PlaceOptions.parse(["--file", folder.file, "--state", folder.state])
    let request = try ProjectFile(place, variables: ["RELEASE": release.version.description])
      .request(version: release.version, selection: try SelectionOptions.parse([]), reason: "demonstration")
    let before = load?.report.answers(of: release.version.description) ?? 0
    var view = try await client.deploy(request)
    var entries: [EntryView] = []
    while !view.phase.isTerminal && view.phase != .baking {
      let news = try await client.news(of: view.id, after: entries.last?.index ?? -1, patience: .seconds(5))
      for line in news.entries.compactMap(EntryLine.line) { tell("  " + line) }
      entries += news.entries
      view = news.rollout
    }
    return rollout(release, view, entries, answers: (load?.report.answers(of: release.version.description) ?? 0) - before)
  }

  private func rollout(_ release: DemoRelease, _ view: RolloutView, _ entries: [EntryView], answers: Int) -> DemoReport.Rollout {
    func at(_ kind: String) -> Timestamp? { entries.first { $0.kind == kind }?.at }
    let end = at("promoted") ?? view.finishedAt ?? entries.last?.at ?? view.startedAt
    let exposed = at("hold_started")
    let back = exposed.flatMap { exposed in at("traffic_restored").map { ($0 - exposed).seconds } }
    return DemoReport.Rollout(
      version: release.version, strategy: view.strategy, outcome: view.phase == .baking ? .succeeded : view.phase,
      seconds: (end - view.startedAt).seconds, secondsToRollback: back, requestsToCandidate: answers, reason: view.reason?.message,
      isAsExpected: release.isGood == (view.phase == .baking || view.phase == .succeeded))
  }
}

extension SlipwayError.Code {
  static let demoNotListening = SlipwayError.Code("demo-not-listening")
}
