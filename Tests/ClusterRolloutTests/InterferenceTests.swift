import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

/// What others, and the way to the cluster, do to a rollout.
@Suite("Rollouts and what interferes with them", .timeLimit(.minutes(5)))
struct InterferenceTests {
  private typealias Bench = ClusterBench

  @Test("While the watch of the endpoints is broken they are listed, so that an abort moves the traffic all the same")
  func brokenWatch() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.service, engine)
        let second = try await bench.deploy(
          Bench.request("v2", .blueGreen(BlueGreenSpec(keepPrevious: .minutes(5))), router: .service), engine, until: .baking)
        try #require(second.phase == .baking)
        let calls = CallPattern(verbs: ["watch"], resources: ["endpointslices"])
        await bench.cluster.inject(FaultRule("refused", .answer(500), on: calls))
        await bench.cluster.inject(FaultRule("dropped", .dropWatch, on: calls))
        // By now what was told last is too old.
        try await Task.sleep(for: .seconds(6))
        try await bench.abort(second.id, engine)
        try await bench.wait("the selector moves back", within: .seconds(10)) { await bench.selector()["slipway.dev/slot"] == "blue" }
        await bench.cluster.heal("refused")
        await bench.cluster.heal("dropped")
        let back = try await bench.rollout(second.id, engine)
        #expect(back.phase == .rolledBack, "\(String(describing: back.reason))")
      }
    }
  }

  @Test("The number of replicas is the rollout's while it goes on, whoever has claimed it; any other field of others is not taken")
  func claimedReplicas() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.replicas, engine, replicas: 4)
        let strategy = Bench.canary(25, hold: .seconds(3), bake: .milliseconds(500))
        let rollout = try await bench.expose(Bench.request("v2", strategy, replicas: 4), engine)
        #expect(await bench.replicas(.green) == 1)
        await bench.claim(.green, ["spec": ["replicas": 1]])
        let done = try await bench.rollout(rollout.id, engine)
        #expect(done.phase == .succeeded, "\(String(describing: done.reason))")
        #expect(await bench.replicas(.green) == 4)
        await bench.claim(.blue, ["spec": ["minReadySeconds": 7]])
        // The next release needs this slot, and another manager has one of its fields.
        await #expect {
          _ = try await engine.deploy(Bench.request("v3", replicas: 4))
        } throws: {
          ($0 as? SlipwayError)?.code.rawValue == "field-conflict"
        }
      }
    }
  }

  @Test("Where replicas make the share, a pod that is away for long is told of once in ten seconds and not each second")
  func drifting() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        try await bench.begin(.replicas, engine, replicas: 4)
        let rollout = try await bench.expose(Bench.request("v2", Bench.canary(50, hold: .minutes(5)), replicas: 4), engine)
        await bench.setReadiness(false, of: .blue, only: 1)
        try await Task.sleep(for: .seconds(6))
        let told = await bench.journal.entries.count { $0.kind == "split_drifted" && $0.stream.contains(rollout.id) }
        #expect(told == 1)
        #expect(try await engine.rollout(rollout.id).phase == .shifting)
      }
    }
  }
}

extension ClusterBench {
  /// Another manager applies fields of a slot's Deployment, by force.
  fileprivate func claim(_ slot: Slot, _ fields: JSONValue) async {
    let name = "\(Self.key.service)-\(slot.rawValue)"
    var body = fields
    body["apiVersion"] = "apps/v1"
    body["kind"] = "Deployment"
    body["metadata"] = ["name": .text(name)]
    let request = APIRequest(
      "PATCH", "/apis/apps/v1/namespaces/\(Self.namespace)/deployments/\(name)",
      query: ["fieldManager": "another", "force": "true"], contentType: "application/apply-patch+yaml", body: body)
    await cluster.with { state in _ = state.respond(to: request, verdict: state.verdict(on: request), at: state.now) }
  }
}
