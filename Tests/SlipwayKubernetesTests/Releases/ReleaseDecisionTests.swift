import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("What is done for a Release")
struct ReleaseDecisionTests {
  private static let ordered = Digest(hashing: Array("v2".utf8))
  private static let other = Digest(hashing: Array("v1".utf8))
  private static let robot = Actor(.system, "release/shop/api")

  private func release(_ version: String = "v2", generation: Int = 2, paused: Bool = false) throws -> DeclaredRelease {
    try DeclaredRelease(
      ObjectDocument([
        "metadata": ["name": "api", "namespace": "shop", "uid": "u-1", "generation": .integer(generation)],
        "spec": [
          "service": "api", "environment": "production", "version": .text(version), "paused": .flag(paused),
          "configuration": ["configMapRef": ["name": "api"]],
        ],
      ]))
  }

  private func rollout(
    _ phase: ReleasePhase, version: String = "v2", generation: Int? = 2, digest: Digest = ordered, pausedBy: Actor? = nil
  ) -> RolloutFacts {
    RolloutFacts(
      id: "r-1", origin: generation.map { RequestOrigin(object: "Release shop/api", uid: "u-1", generation: $0, digest: digest) },
      version: Version(version)!, phase: phase, step: nil, share: .zero, pause: pausedBy.map { RolloutFacts.Pause(actor: $0, reason: "") },
      reason: nil, startedBy: "somebody", planDigest: digest, startedAt: Timestamp(milliseconds: 0), finishedAt: nil)
  }

  private func decide(
    _ release: DeclaredRelease, _ digest: Digest? = ordered, seen: SeenRelease? = nil, own: RolloutFacts? = nil,
    running: RolloutFacts? = nil, live: String? = "v1", isLive: Bool = false, isWarm: Bool = false
  ) -> ReleaseDecision {
    ReleaseDecision.decide(
      release, digest: digest, seen: seen,
      ServiceFacts(own: own, running: running, liveVersion: live.flatMap { Version($0) }, isLive: isLive, isWarm: isWarm))
  }

  @Test("A generation that nothing was begun for is begun, unless it is paused, or live already")
  func begun() throws {
    #expect(decide(try release()).action == .begin)
    #expect(decide(try release(paused: true)).action == .nothing)
    let live = decide(try release(), live: "v2", isLive: true)
    #expect(live.action == .nothing)
    #expect(live.outcome.state == .ready)
  }

  @Test("What a generation was answered with is followed to its end and never begun again", arguments: ReleasePhase.allCases)
  func answered(phase: ReleasePhase) throws {
    let own = rollout(phase)
    let decision = decide(try release(), nil, own: own, running: phase.isTerminal ? nil : own)
    #expect(decision.action == .nothing)
    #expect(decision.follows == own)
    let states: [ReleasePhase: ReleaseOutcome.State] = [
      .baking: .ready, .succeeded: .stalled, .rolledBack: .stalled, .failed: .stalled,
    ]
    #expect(decision.outcome.state == states[phase] ?? .reconciling)
  }

  @Test("A later generation that asks for the same is answered already, but not when something else was asked for in between")
  func sameAgain() throws {
    let failed = rollout(.rolledBack)
    let later = try release(generation: 5)
    func seen(_ generation: Int, _ request: Digest?, since: Int) -> SeenRelease {
      SeenRelease(generation: generation, request: request, since: since)
    }
    #expect(decide(later, seen: nil, own: failed).action == .nothing)
    #expect(decide(later, seen: seen(4, Self.ordered, since: 2), own: failed).action == .nothing)
    // The status was lost, and since then its configuration could not be read.
    #expect(decide(later, seen: seen(4, nil, since: 1), own: failed).action == .nothing)
    // The server was killed before it could say that it had seen generation 2.
    #expect(decide(later, seen: seen(1, Self.other, since: 1), own: failed).action == .nothing)
    #expect(decide(later, seen: seen(4, Self.other, since: 3), own: failed).action == .begin)
    // The first attempt at generation 5 was refused, and this is the second.
    #expect(decide(later, seen: seen(5, Self.ordered, since: 5), own: failed).action == .begin)
  }

  @Test("Whether a request was seen all the time since a generation outlives every sequence of looks")
  func since() {
    // Any sequence of requests, looked at or missed, gives the generation since which the newest one stands, or an earlier one that
    // could not be told from it.
    for bits in 0..<(1 << 8) {
      var status: ReleaseStatus?
      var asked: [Digest] = []
      for place in 0..<4 {
        asked.append(bits >> place & 1 == 0 ? Self.ordered : Self.other)
        guard bits >> (place + 4) & 1 == 0 else { continue }
        status = ReleaseStatus(
          generation: place + 1, digest: asked[place], ReleaseOutcome(.ready, "Live", ""), follows: nil, liveVersion: nil, entry: nil,
          previous: status, at: Timestamp(milliseconds: 0))
      }
      guard let seen = status?.seen else { continue }
      let standing = (asked.prefix(seen.generation).lastIndex { $0 != seen.request } ?? -1) + 2
      #expect(seen.since <= standing)
      #expect(asked[seen.since - 1] == seen.request || seen.since < standing)
    }
  }

  @Test("`paused` is obeyed in a rollout of its own, and only its own pause is lifted")
  func paused() throws {
    let running = rollout(.shifting)
    let pausing = decide(try release(paused: true), own: running, running: running)
    #expect(pausing.action == .intend(.pause, rollout: "r-1", reason: "`spec.paused` is set"))
    let own = rollout(.shifting, pausedBy: Self.robot)
    #expect(decide(try release(paused: true), own: own, running: own).action == .nothing)
    let lifting = decide(try release(), own: own, running: own)
    #expect(lifting.action == .intend(.resume, rollout: "r-1", reason: "`spec.paused` is no longer set"))
    let person = rollout(.shifting, pausedBy: Actor(.person, "ada"))
    #expect(decide(try release(), own: person, running: person).action == .nothing)
    let back = rollout(.rollingBack)
    #expect(decide(try release(paused: true), own: back, running: back).action == .nothing)
  }

  @Test("An older rollout of its own makes way; one of somebody else's is waited for; a bake makes way for anybody")
  func makingWay() throws {
    func action(_ running: RolloutFacts, isLive: Bool = false, isWarm: Bool = false, paused: Bool = false) throws -> ReleaseDecision.Action
    {
      decide(
        try release(generation: 9, paused: paused), own: running.origin == nil ? nil : running, running: running, isLive: isLive,
        isWarm: isWarm
      ).action
    }
    let mine = rollout(.shifting, version: "v1", digest: Self.other)
    #expect(try action(mine) == .intend(.abort, rollout: "r-1", reason: "Release shop/api asks for v2 now"))
    #expect(try action(mine, isLive: true) == .intend(.abort, rollout: "r-1", reason: "Release shop/api asks for v2 again"))
    #expect(try action(rollout(.rollingBack, version: "v1", digest: Self.other)) == .nothing)
    #expect(try action(rollout(.shifting, version: "v1", generation: nil)) == .nothing)
    let baking = rollout(.baking, version: "v1", digest: Self.other)
    #expect(try action(baking) == .begin)
    #expect(try action(baking, paused: true) == .nothing)
    #expect(try action(baking, isWarm: true) == .intend(.rollBack, rollout: "r-1", reason: "Release shop/api asks for v2 again"))
    #expect(try action(rollout(.baking, version: "v1", generation: nil)) == .begin)
  }
}
