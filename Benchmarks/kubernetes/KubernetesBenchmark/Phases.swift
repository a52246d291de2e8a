import Foundation
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

extension Bench {
  /// Everything that is measured, one after the other.
  func run() async throws -> [Measure] {
    let host = try await startHost()
    let first = try startServer(rate: 5000)
    try await waitUntilServing()
    let began = ContinuousClock.now
    try await deployAll("v1", host) { $0.phase == .succeeded || $0.phase == .baking }
    say("\(settings.rollouts) first releases: \(seconds(since: began)) s")
    let second = ContinuousClock.now
    try await deployAll("v2", host, Self.isHolding)
    let start = seconds(since: second)
    let peak = try ProcessFigures(of: first.processIdentifier).peakMebibytes
    say("\(settings.rollouts) rollouts in progress: \(start) s more; the most memory until then: \(Int(peak)) MiB")
    try await endAbruptly(first)

    let server = try startServer(rate: nil)
    let restarted = ContinuousClock.now
    try await waitUntilServing()
    try await wait("all rollouts are looked at again") { rollouts in
      rollouts.count { Self.isHolding($0) && $0.slots.allSatisfy { $0.readyReplicas == 2 } } == self.settings.rollouts
    }
    let resumed = seconds(since: restarted)
    say("all taken up again after SIGKILL: \(resumed) s")
    let begin = [
      Measure(name: "start of \(settings.rollouts) rollouts until all are in progress", value: "\(start) s"),
      Measure(
        name: "SIGKILL and start again: all looked at again", value: "\(resumed) s", target: "10 s", isReached: resumed <= 10),
    ]
    return begin + (try await steadyState(server, host)) + (try await failing(host)) + (try journalSize())
  }

  static func isHolding(_ rollout: RolloutView) -> Bool { rollout.phase == .shifting && rollout.step?.stage == .holding }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    let (whole, attoseconds) = (ContinuousClock.now - start).components
    return Double(whole) + (Double(attoseconds) / 1e17).rounded() / 10
  }

  // MARK: Starting

  private func waitUntilServing() async throws {
    for _ in 0..<1200 {
      do {
        _ = try await withClient { try await $0.health(deadline: .milliseconds(500)) }
        return
      } catch { try await Task.sleep(for: .milliseconds(50)) }
    }
    throw BenchError("the server does not answer")
  }

  /// Deploys a version of every service, and waits until all rollouts are as far as wanted.
  private func deployAll(_ version: String, _ host: Host, _ isThere: @escaping @Sendable (RolloutView) -> Bool) async throws {
    try await withClient { client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<self.settings.rollouts {
          // As many as the client has connections: whoever waits for one for long is told that there is no server.
          if number >= 8 { try await group.next() }
          group.addTask { _ = try await client.deploy(try self.request(number, version, host)) }
        }
        try await group.waitForAll()
      }
    }
    try await wait("all rollouts of \(version) are in progress") { rollouts in
      let those = rollouts.filter { $0.version.description == version }
      if let lost = those.first(where: { [.rolledBack, .failed, .rollingBack].contains($0.phase) }) {
        throw BenchError("\(lost.service) is \(lost.phase.rawValue): \(String(describing: lost.reason))")
      }
      return those.count { isThere($0) } == self.settings.rollouts
    }
  }

  /// Asks once a second at most, since asking costs the server something, too.
  private func wait(_ what: String, _ isDone: @escaping @Sendable ([RolloutView]) throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(240)
    while ContinuousClock.now < deadline {
      let rollouts = try await withClient { try await $0.rollouts(limit: self.settings.rollouts) }
      if try isDone(rollouts) { return }
      try await Task.sleep(for: .milliseconds(500))
    }
    throw BenchError("it took too long until \(what)")
  }

  // MARK: Nothing changes

  private func steadyState(_ server: Process, _ host: Host) async throws -> [Measure] {
    // Looks begin to be judged with the second document.
    try await Task.sleep(for: .seconds(25))
    try await host.forget()
    let before = try ProcessFigures(of: server.processIdentifier)
    let start = ContinuousClock.now
    var resident: [Double] = []
    while seconds(since: start) < Double(settings.seconds) {
      try await Task.sleep(for: .seconds(1))
      resident.append(try ProcessFigures(of: server.processIdentifier).residentMebibytes)
    }
    let after = try ProcessFigures(of: server.processIdentifier)
    let lasted = seconds(since: start)
    let report = try await host.report()
    let cores = (after.processorSeconds - before.processorSeconds) / lasted
    let most = max(resident.max() ?? 0, after.residentMebibytes)
    let calls = report.calls.values.reduce(0, +)
    let perMinute = Double(calls) / Double(settings.rollouts) / (lasted / 60)
    let lateness = report.reads.values.flatMap { reads in zip(reads, reads.dropFirst()).map { max(0, $1 - $0 - 10_000) } }
    let reads = report.reads.values.reduce(0) { $0 + $1.count }
    say("calls by kind: \(report.calls.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    say("resident at the start and at the end: \(Int(before.residentMebibytes)) and \(Int(after.residentMebibytes)) MiB")
    let expected = Double(settings.rollouts) * lasted / 10
    let (half, late) = (percentile(lateness, 0.5), percentile(lateness, 0.99))
    return [
      Measure(
        name: "processor, user and system, over \(Int(lasted)) s", value: "\(two(cores)) cores", target: "below 1", isReached: cores < 1),
      Measure(
        name: "resident, the most (at the start, at the end)",
        value: "\(Int(most * 1.048576)) MB (\(Int(before.residentMebibytes * 1.048576)), \(Int(after.residentMebibytes * 1.048576)))",
        target: "400 MB", isReached: most * 1.048576 < 400),
      Measure(
        name: "analysis late, p50, p99 of \(lateness.count)", value: "\(half), \(late) ms", target: "p99 1000 ms",
        isReached: late < 1000 && !lateness.isEmpty),
      Measure(
        name: "questions to the source of figures", value: "\(reads), \(two(Double(reads) / expected)) of one each 10 s",
        target: "0.9 to 1.1", isReached: (0.9...1.1).contains(Double(reads) / expected)),
      Measure(
        name: "API calls for each rollout and minute", value: two(perMinute), target: "at most 6", isReached: perMinute <= 6),
    ]
  }

  private func two(_ value: Double) -> String { String(format: "%.2f", value) }

  // MARK: Candidates fail

  private func failing(_ host: Host) async throws -> [Measure] {
    try await host.forget()
    let step = settings.rollouts / settings.failures
    let services = (0..<settings.failures).map { "s\($0 * step)" }
    try await host.fail(services)
    let wanted = Set(services)
    try await wait("the failing candidates have gone back") { rollouts in
      let those = rollouts.filter { wanted.contains($0.service.description) }
      return those.count == wanted.count && those.allSatisfy { $0.phase == .rolledBack || $0.phase == .rollingBack }
    }
    try await Task.sleep(for: .seconds(5))
    let calls = try await host.report().deletions
    let rollouts = try await withClient { try await $0.rollouts(limit: self.settings.rollouts) }
    var delays: [Int64] = []
    for rollout in rollouts where wanted.contains(rollout.service.description) {
      let entries = try await withClient { try await $0.news(of: rollout.id, after: -1).entries }
      guard let verdict = entries.last(where: { $0.kind == EventKind.rollbackStarted.rawValue }),
        let call = calls["\(rollout.service)-\(rollout.service)-canary"]
      else { continue }
      delays.append(call - verdict.at.milliseconds)
    }
    let (half, late) = (percentile(delays, 0.5), percentile(delays, 0.99))
    return [
      Measure(
        name: "from the failing verdict to the call that restores the traffic, p50, p99 of \(delays.count)", value: "\(half), \(late) ms",
        target: "p99 250 ms", isReached: late < 250 && delays.count == settings.failures)
    ]
  }

  private func journalSize() throws -> [Measure] {
    let names = try FileManager.default.contentsOfDirectory(atPath: state).filter { $0.hasPrefix("journal.db") }
    let bytes = try names.reduce(0) { sum, name in
      sum + ((try FileManager.default.attributesOfItem(atPath: state + "/" + name)[.size] as? Int) ?? 0)
    }
    return [Measure(name: "journal on disk at the end", value: "\(bytes / 1_000_000) MB")]
  }
}
