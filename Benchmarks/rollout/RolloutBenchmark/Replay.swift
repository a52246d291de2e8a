import Foundation
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwayStore

/// How long a server needs at its start to rebuild a rollout of many events from the journal: reading, decoding, applying.
func measureReplay(events count: Int) async throws -> [Measure] {
  let folder = FileManager.default.temporaryDirectory.appending(path: "slipway-replay-\(UUID().uuidString.prefix(8))")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let store = try await JournalStore.open(folder: folder.path)
  let start = Timestamp(milliseconds: 1_763_716_447_000)
  for first in stride(from: 0, to: count, by: 500) {
    let drafts = try (first..<min(first + 500, count)).map { number in
      let event = number == 0 ? try firstEvent() : laterEvent(number)
      return JournalDraft(
        at: start + .seconds(Int64(number)), stream: "rollout/bench", kind: event.kind.rawValue, actor: .engine, cause: "tick",
        body: event.body)
    }
    _ = try await store.append(drafts, after: nil, fence: nil)
  }
  var times: [Double] = []
  for _ in 0..<5 {
    let began = ContinuousClock.now
    let entries = try await store.entries(of: "rollout/bench", after: -1)
    let rollout = try await RolloutStream.replay(entries)
    times.append((ContinuousClock.now - began) / .milliseconds(1))
    guard rollout?.findings.count == 4, rollout?.exits ?? 0 > count - 10 else {
      throw BenchError(text: "the replayed rollout is not the one that was written")
    }
  }
  try await store.close()
  try FileManager.default.removeItem(at: folder)
  let median = times.sorted()[2]
  return [
    Measure(
      name: "replay of a rollout of \(count) events, median of 5", value: String(format: "%.0f ms", median), target: "100 ms",
      isReached: median < 100)
  ]
}

private func firstEvent() throws -> Event {
  guard let name = Name("bench"), let version = Version("v1"), let listen = ListenAddress("127.0.0.1:0") else {
    throw BenchError(text: "the names of the benchmark are not valid")
  }
  let environment = EnvironmentSpec(
    name: name, target: .local, listen: [name: listen], replicas: 2,
    services: [ServiceSpec(name: name, artifact: "app", run: "./app")], strategy: .blueGreen(BlueGreenSpec()), rollback: RollbackSpec())
  let request = DeployRequest(
    service: name, version: version, environment: environment, configuration: Digest(hashing: []), folder: "/", reason: "a benchmark",
    actor: .engine)
  let plan = try Plan.compile(request, live: nil)
  return .rolloutStarted(RolloutStarted(id: "bench", request: request, plan: plan, planDigest: plan.digest))
}

/// What long rollouts are full of: changes of verdict with their findings, and now and then another event between them.
private func laterEvent(_ number: Int) -> Event {
  if number.isMultiple(of: 5) {
    let report = ExitReport(at: Timestamp(milliseconds: Int64(number)), status: "exit status 1", wasBound: true, lastLines: ["a line"])
    return .instanceExited(InstanceExited(exit: report, count: number))
  }
  let findings = ["readiness", "error_rate < 1%", "p95 < 500ms", "guardrail"].map { subject in
    Finding(
      subject: subject, verdict: number.isMultiple(of: 2) ? .pass : .insufficient, value: Double(number) / 7, bound: 500, requests: number,
      sentence: "\(subject): \(number) against 500 over \(number) requests")
  }
  return .evaluated(Evaluated(verdict: number.isMultiple(of: 2) ? .pass : .insufficient, findings: findings))
}
