import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

/// Somebody moves traffic past the rollout.
@Suite("Changes by others of what moves traffic", .timeLimit(.minutes(2)))
struct HandEditTests {
  private typealias Bench = ClusterBench

  @Test("A selector that somebody patches by hand during a step is put back, and an abort is not barred by it")
  func byHand() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        let rollout = try await bench.shifting(engine)
        await bench.setSelector("green", by: "kubectl-patch", "application/merge-patch+json")
        try await bench.eventually { await bench.selector()["slipway.dev/slot"] == nil }
        await bench.setSelector("green", by: "kubectl-patch", "application/merge-patch+json")
        try await engine.intend(.abort, rollout: rollout.id, actor: Bench.person, reason: "a test", planDigest: nil)
        #expect(try await bench.rollout(rollout.id, engine).phase == .rolledBack)
        #expect(await bench.selector()["slipway.dev/slot"] == "blue")
      }
    }
  }

  @Test("A selector that a tool declares is not taken from it")
  func declared() async throws {
    try await Bench.run { bench in
      try await bench.withEngine { engine in
        let rollout = try await bench.shifting(engine)
        await bench.setSelector("green", by: "kustomize-controller", "application/apply-patch+yaml")
        try await Task.sleep(for: .seconds(3))
        #expect(await bench.selector()["slipway.dev/slot"] == "green")
        let errors = await bench.journal.entries.filter { $0.stream.contains(rollout.id) && $0.kind == "effect_failed" }
        #expect(errors.contains { String(decoding: $0.body, as: UTF8.self).contains("`kustomize-controller` owns .spec.selector") })
      }
    }
  }
}

extension ClusterBench {
  /// A canary of v2 in its first step, beside v1.
  fileprivate func shifting(_ engine: Engine) async throws -> Rollout {
    _ = try await deploy(Self.request("v1", replicas: 4), engine)
    let rollout = try await deploy(Self.request("v2", Self.canary(25, hold: .minutes(2)), replicas: 4), engine, until: .shifting)
    try await eventually { try await engine.rollout(rollout.id).stage == .holding }
    return rollout
  }

  fileprivate func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<200 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("it has not come about within 10 s")
  }

  fileprivate func setSelector(_ slot: String, by manager: String, _ type: String) async {
    let path = "/api/v1/namespaces/\(Self.namespace)/services/\(Self.key.service)"
    let labels: JSONValue = ["slipway.dev/service": "api", "slipway.dev/environment": "production", "slipway.dev/slot": .text(slot)]
    let body: JSONValue = ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "api"], "spec": ["selector": labels]]
    var query = ["fieldManager": manager]
    if type.contains("apply") { query["force"] = "true" }
    let request = APIRequest("PATCH", path, query: query, contentType: type, body: body)
    await cluster.with { state in _ = state.respond(to: request, verdict: state.verdict(on: request), at: state.now) }
  }
}
