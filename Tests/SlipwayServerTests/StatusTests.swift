import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwayServer
import Testing
import TwinWorld

@Suite("API: status", .timeLimit(.minutes(1)))
struct StatusTests {
  @Test("Status tells what is live, what is under way, and who holds the lease and why")
  func tells() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      #expect(try await session.client.status().deployments == [])
      _ = try await session.deployed("v1")
      let id = try await session.client.deploy(Host.request("v2", hold: .minutes(10))).id
      _ = try await session.follow(id) { $0.step?.stage == .holding && $0.phase == .shifting }
      let status = try await session.client.status()
      let deployment = try #require(status.deployments.first)
      #expect(deployment.liveVersion == Version("v1") && deployment.liveSlot == .blue && deployment.agentReachable)
      #expect(deployment.activeRollout?.id == id && deployment.lastRollout == nil)
      #expect(deployment.lease?.holder == id && deployment.lease?.reason == "a test")
      #expect(deployment.slots.map(\.weight.percent) == [50, 50])
      #expect(deployment.slots.map(\.version) == [Version("v1"), Version("v2")])
      #expect(deployment.slots.map(\.readyReplicas) == [1, 1])
      // The candidate's figures begin with its own traffic, not with what its slot answered before.
      for _ in 0..<200 {
        let slots = try await session.client.status().deployments.first?.slots ?? []
        if slots.count == 2, slots.allSatisfy({ ($0.requestsPerSecond ?? 0) > 0 && $0.errorRate == 0 }) { return }
        try await Task.sleep(for: .milliseconds(20))
      }
      Issue.record("the status never showed the figures of both slots")
    }
  }

  @Test(
    "When the target fails or does not answer, status says so in time and tells what the journal knows",
    arguments: [BlindTarget.Trouble.fails, .hangs])
  func blind(trouble: BlindTarget.Trouble) async throws {
    var host = try Host()
    defer { host.remove() }
    try await host.serving { session in _ = try await session.deployed("v1") }
    host.eyes = BlindTarget(base: host.target, trouble: trouble, clock: host.clock)
    try await host.serving { session in
      let deployment = try #require(try await session.client.status().deployments.first)
      #expect(!deployment.agentReachable)
      #expect(deployment.agentError?.code.rawValue == (trouble == .fails ? "agent-unreachable" : "target-silent"))
      #expect(deployment.liveVersion == Version("v1") && deployment.slots.map(\.version) == [Version("v1"), nil])
      #expect(deployment.slots.map(\.weight.percent) == [100, 0])
    }
  }

  @Test("When the proxy can't listen where the live release is served, status says so")
  func closedRoute() async throws {
    var host = try Host()
    defer { host.remove() }
    try await host.serving { session in _ = try await session.deployed("v1") }
    host.eyes = BlindTarget(base: host.target, trouble: .routeIsClosed, clock: host.clock)
    try await host.serving { session in
      let deployment = try #require(try await session.client.status().deployments.first)
      #expect(deployment.agentReachable)
      #expect(deployment.agentError?.code == .routeClosed)
    }
  }

  @Test("Checkpoint and proof are what the journal gives")
  func audit() async throws {
    let host = try Host()
    defer { host.remove() }
    try await host.serving { session in
      let checkpoint = try await session.client.checkpoint()
      #expect(checkpoint == CheckpointView(size: 3, root: "cm9vdA==", note: "note\n", verificationKey: "key"))
      let proof = try await session.client.proof(of: 2)
      #expect(proof == ProofView(index: 2, entry: "{}", proof: "proof", verificationKey: "key"))
    }
  }
}
