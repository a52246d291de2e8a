import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing
import TwinWorld

@Suite("Requests that answer a declaration", .timeLimit(.minutes(1)))
struct OriginTests {
  private func request(_ version: String, generation: Int) -> DeployRequest {
    let plain = Bench.request(version, hold: .minutes(10))
    return DeployRequest(
      service: plain.service, version: plain.version, environment: plain.environment, configuration: plain.configuration,
      folder: plain.folder, reason: plain.reason, actor: plain.actor,
      origin: RequestOrigin(object: "Release shop/api", uid: "u-1", generation: generation, digest: Digest(hashing: version.utf8)))
  }

  @Test("A generation is answered once: before, during and after the rollout, and by a server that knows of it from the journal only")
  func once() async throws {
    let bench = Bench()
    let (first, second) = try await bench.withEngine { engine in
      let first = try await engine.deploy(request("1", generation: 1))
      try await bench.until("first") { try await engine.rollout(first).phase == .succeeded }
      #expect(try await engine.deploy(request("1", generation: 1)) == first)
      let second = try await engine.deploy(request("2", generation: 2))
      try await bench.until("shifting") { try await engine.rollout(second).phase == .shifting }
      #expect(try await engine.deploy(request("2", generation: 2)) == second)
      return (first, second)
    }
    try await bench.withEngine { engine in
      #expect(try await engine.deploy(request("2", generation: 2)) == second)
      #expect(await engine.rollouts().map(\.id) == [first, second])
      // Another generation is another request.
      await #expect(throws: SlipwayError.self) { _ = try await engine.deploy(request("2", generation: 3)) }
      try await engine.intend(.abort, rollout: second, actor: Bench.person, reason: "", planDigest: nil)
      try await bench.until("back") { try await engine.rollout(second).phase == .rolledBack }
      #expect(try await engine.deploy(request("2", generation: 2)) == second)
      // Who tries it once more by hand does so for the same declaration.
      let third = try await engine.retry(second, actor: Bench.person, reason: "again")
      #expect(try await engine.rollout(third).request.origin?.generation == 2)
      #expect(try await engine.deploy(request("2", generation: 2)) == third)
    }
    #expect(await bench.target.violations == [])
  }
}
