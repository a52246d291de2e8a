import Foundation
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import Testing
import TwinWorld

@Suite("Values of variables", .timeLimit(.minutes(1)))
struct SealingTests {
  private static let canary = "canary-5f1c0b"
  private static let first: Variables = ["API_KEY": "canary-5f1c0b-1", "MODEL": "tiny"]
  private static let second: Variables = ["API_KEY": "canary-5f1c0b-2", "MODEL": "tiny"]

  private func bake(_ version: String, _ variables: Variables, _ bench: Bench, _ engine: Engine) async throws -> Rollout {
    let id = try await engine.deploy(Bench.request(version, hold: .seconds(1), variables: variables))
    try await bench.until("\(version) has the traffic") { [.baking, .succeeded].contains(try await engine.rollout(id).phase) }
    return try await engine.rollout(id)
  }

  @Test("The journal has names and digests of variables, and only the target gets their values")
  func journal() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let one = try await bake("1", Self.first, bench, engine)
      let two = try await bake("2", Self.second, bench, engine)
      #expect(await bench.target.variables(of: .blue) == Self.first.values)
      #expect(await bench.target.variables(of: .green) == Self.second.values)
      let sealed = await bench.values.seal(Self.second.values ?? [:])
      #expect(two.plan.service.variables == .sealed(sealed))
      #expect(two.request.environment.services.map(\.variables) == [.sealed(sealed)])
      #expect(two.plan.live?.service.variables == one.plan.service.variables)
      #expect(two.plan.configuration == two.plan.service.configurationDigest && two.plan.configuration != one.plan.configuration)
    }
    for entry in await bench.journal.entries { #expect(!String(decoding: entry.body, as: UTF8.self).contains(Self.canary)) }
  }

  @Test("After a restart a rollback starts the earlier release with the values that it was deployed with")
  func rollback() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      _ = try await bake("1", Self.first, bench, engine)
      let two = try await bake("2", Self.second, bench, engine)
      try await engine.intend(.promote, rollout: two.id, actor: Bench.person, reason: "enough", planDigest: nil)
      try await bench.until("second is done") { try await engine.rollout(two.id).phase == .succeeded }
    }
    try await bench.withEngine { engine in
      let id = try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "a test")
      try await bench.until("back") { try await engine.rollout(id).phase == .succeeded }
      #expect(await bench.target.variables(of: .blue) == Self.first.values)
      #expect(await bench.target.split == .all(to: .blue))
    }
  }

  @Test("A retry starts the release with the values of its first attempt")
  func retry() async throws {
    let bench = Bench()
    await bench.target.breakVersion("2")
    try await bench.withEngine { engine in
      _ = try await bake("1", Self.first, bench, engine)
      let id = try await engine.deploy(Bench.request("2", variables: Self.second))
      try await bench.until("back") { try await engine.rollout(id).phase == .rolledBack }
      let again = try await engine.retry(id, actor: Bench.person, reason: "again")
      try await bench.until("started") { await bench.target.variables(of: .green) == Self.second.values }
      #expect(try await engine.rollout(again).plan.service == engine.rollout(id).plan.service)
    }
  }

  @Test("A release whose values are lost is refused before anything is journalled, and never starts without them")
  func lost() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      _ = try await bake("1", Self.first, bench, engine)
      let two = try await bake("2", Self.second, bench, engine)
      try await engine.intend(.promote, rollout: two.id, actor: Bench.person, reason: "enough", planDigest: nil)
      try await bench.until("second is done") { try await engine.rollout(two.id).phase == .succeeded }
      await bench.values.lose()
      let before = await bench.journal.entries.count
      let error = await #expect(throws: SlipwayError.self) {
        _ = try await engine.rollBack(Bench.key, to: nil, actor: Bench.person, reason: "a test")
      }
      #expect(error?.code == .valuesMissing)
      #expect(await bench.journal.entries.count == before)
      #expect(await bench.target.variables(of: .blue) == nil)
    }
  }

  @Test("A plan that is only looked at, and a request that is refused, keep no values")
  func nothingKept() async throws {
    let bench = Bench()
    try await bench.withEngine { engine in
      let plan = try await engine.preview(Bench.request("1", variables: Self.first))
      #expect(plan.service.variables.names == ["API_KEY", "MODEL"] && plan.service.variables.values == nil)
      #expect(await bench.values.kept.isEmpty)
      _ = try await engine.deploy(Bench.request("1", hold: .minutes(10)))
      await #expect(throws: SlipwayError.self) { _ = try await engine.deploy(Bench.request("2", variables: Self.first)) }
      #expect(await bench.values.kept.isEmpty)
    }
  }
}
