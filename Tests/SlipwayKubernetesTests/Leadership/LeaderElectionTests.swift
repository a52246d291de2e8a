import ClusterDouble
import Foundation
import Logging
import SlipwayModel
import SlipwayPorts
import Synchronization
import Testing

@testable import SlipwayKubernetes

/// Twice as fast as the machine's, and off by as much as one likes.
private final class OwnClock: EngineClock {
  private let offset: TimeSpan
  private let start = ContinuousClock.now

  init(offBy offset: TimeSpan = .zero) { self.offset = offset }

  func now() -> Timestamp {
    let (seconds, attoseconds) = start.duration(to: .now).components
    return FastClock.origin + offset + .milliseconds((seconds * 1_000_000 + attoseconds / 1_000_000_000_000) * 2 / 1000)
  }

  func sleep(for span: TimeSpan) async throws { try await Task.sleep(for: span.duration / 2) }
}

private final class Flag: Sendable {
  let isSet = Mutex(false)
}

@Suite("Leader election", .serialized, .timeLimit(.minutes(3)))
struct LeaderElectionTests {
  private static let lease = ObjectKey(.lease, namespace: "slipway", name: "slipway")

  private struct Candidate: Sendable {
    let election: LeaderElection
    let clock: OwnClock
    let client: KubernetesClient
  }

  private func candidate(_ name: String, _ server: ClusterServer, offBy offset: TimeSpan = .zero) throws -> Candidate {
    let clock = OwnClock(offBy: offset)
    let client = KubernetesClient(
      transport: try HTTPTransport(ClusterAccess(server: server.url), clock: clock, logger: quiet, environment: [:]), clock: clock,
      random: { 0.5 }, logger: quiet)
    let settings = LeadershipSettings(lease: Self.lease, identity: name)
    return Candidate(
      election: LeaderElection(client: client, settings: settings, clock: clock, random: { 0.5 }, logger: quiet), clock: clock,
      client: client)
  }

  private func withCluster(_ body: @escaping @Sendable (ClusterServer) async throws -> Void) async throws {
    var state = ClusterState(now: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
    state.addNamespace("slipway")
    try await ClusterServer.run(state) { try await body($0) }
  }

  private func spec(_ server: ClusterServer) async -> JSONValue? {
    await server.cluster.object("Lease", "slipway", "slipway")?["spec"]
  }

  /// Renews in the background while `body` runs.
  private func holding<Result: Sendable>(
    _ candidate: Candidate, _ tenure: Tenure, _ body: () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { _ = try await candidate.election.hold(tenure) }
      defer { group.cancelAll() }
      return try await body()
    }
  }

  @Test("A Lease that is not there is made, with the fields that client-go writes")
  func making() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let tenure = try await first.election.campaign { 0 }
      #expect(tenure.term == 1 && tenure.holder == "first" && tenure.isInForce)
      let spec = try #require(await spec(server)?.members)
      #expect(Set(spec.keys) == ["acquireTime", "holderIdentity", "leaseDurationSeconds", "leaseTransitions", "renewTime"])
      #expect(spec["holderIdentity"] == "first" && spec["leaseDurationSeconds"] == 15 && spec["leaseTransitions"] == 1)
      #expect(spec["renewTime"] == spec["acquireTime"])
      // `MicroTime` of Kubernetes is refused with other than six digits.
      #expect(try /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/.wholeMatch(in: spec["renewTime"]?.text ?? "") != nil)
      #expect(first.election.leader == "first")
      await first.client.close()
    }
  }

  @Test("Whoever waits leads when the leader was silent for the Lease's time, not before, however far apart the clocks are")
  func silence() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let second = try candidate("second", server, offBy: .seconds(-3600 * 24 * 365))
      let old = try await first.election.campaign { 0 }
      let leads = Flag()
      try await withThrowingTaskGroup(of: Tenure.self) { group in
        group.addTask {
          let tenure = try await second.election.campaign { 0 }
          leads.isSet.withLock { $0 = true }
          return tenure
        }
        // Longer than the Lease lasts, renewed.
        try await holding(first, old) { try await first.clock.sleep(for: .seconds(20)) }
        #expect(!leads.isSet.withLock { $0 } && old.isInForce)
        #expect(second.election.leader == "first")
        let silent = first.clock.now()
        let tenure = try #require(try await group.next())
        let waited = first.clock.now() - silent
        #expect(tenure.term == 2 && tenure.isInForce && !old.isInForce)
        // The last renewal may be a period old, and so may the last look.
        #expect(waited > .seconds(11) && waited < .seconds(40), "\(waited)")
      }
      #expect(await spec(server)?["holderIdentity"] == "second")
      await first.client.close()
      await second.client.close()
    }
  }

  @Test("A leader that does not reach the API server stops before anybody could take the Lease")
  func outage() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let tenure = try await first.election.campaign { 0 }
      let began = first.clock.now()
      await server.cluster.with { $0.faults.isDown = true }
      let why = try await first.election.hold(tenure)
      let took = first.clock.now() - began
      #expect(why.code == .notLeader && !tenure.isInForce)
      #expect(took < .seconds(15), "\(took)")
      #expect(throws: SlipwayError.self) { try tenure.require() }
      await first.client.close()
    }
  }

  @Test("Errors that pass, and answers that are lost, end no tenure")
  func stumbling() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let tenure = try await first.election.campaign { 0 }
      await server.cluster.inject(FaultRule("lost", .dropAfter, on: CallPattern(verbs: ["update"]), share: 0.4))
      await server.cluster.inject(FaultRule("busy", .answer(500), on: .everything, share: 0.3))
      try await holding(first, tenure) { try await first.clock.sleep(for: .seconds(20)) }
      #expect(tenure.isInForce)
      await server.cluster.heal("lost")
      await server.cluster.heal("busy")
      #expect(await spec(server)?["leaseTransitions"] == 1)
      await first.client.close()
    }
  }

  @Test("A leader whose Lease somebody else has written stops at once, and never takes it back by renewing")
  func usurped() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let tenure = try await first.election.campaign { 0 }
      var lease = try #require(try await first.client.get(Self.lease, ClusterCall("look")))
      lease.json["spec"]?["holderIdentity"] = "another"
      _ = try await first.client.replace(lease, as: Self.lease, ClusterCall("usurp"))
      let why = try await first.election.hold(tenure)
      #expect(why.message.contains("another holds it now"), "\(why.message)")
      #expect(!tenure.isInForce)
      #expect(await spec(server)?["holderIdentity"] == "another")
      await first.client.close()
    }
  }

  @Test("A Lease that was given back is taken at once, and the term rises all the same")
  func givenBack() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let second = try candidate("second", server)
      await first.election.release(try await first.election.campaign { 0 })
      #expect(await spec(server)?["holderIdentity"] == "")
      let before = second.clock.now()
      let tenure = try await second.election.campaign { 0 }
      #expect(tenure.term == 2)
      #expect(second.clock.now() - before < .seconds(14))
      await first.client.close()
      await second.client.close()
    }
  }

  @Test("A Lease that was deleted while it was held is made again, and a new one goes on from the term that the journal knows")
  func deleted() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let tenure = try await first.election.campaign { 41 }
      #expect(tenure.term == 42)
      try await first.client.delete(Self.lease, ClusterCall("delete"))
      try await holding(first, tenure) { try await first.clock.sleep(for: .seconds(12)) }
      #expect(tenure.isInForce)
      #expect(await spec(server)?["leaseTransitions"] == 42)
      await first.client.close()
    }
  }

  @Test("A Lease that is deleted under its holder is taken only when that one's time is over")
  func deletedUnderAnother() async throws {
    try await withCluster { server in
      let first = try candidate("first", server)
      let second = try candidate("second", server)
      let old = try await first.election.campaign { 0 }
      try await withThrowingTaskGroup(of: Tenure.self) { group in
        group.addTask { try await second.election.campaign { 0 } }
        try await eventually("the second one has seen the first") { second.election.leader == "first" }
        try await first.client.delete(Self.lease, ClusterCall("delete"))
        let tenure = try #require(try await group.next())
        #expect(!old.isInForce && tenure.term == 2)
      }
      await first.client.close()
      await second.client.close()
    }
  }

  @Test("A writer of an earlier term comes too late, one without a term is judged by its epoch alone")
  func fences() {
    let written = Fence(epoch: 3, sequence: 1, term: 7)
    #expect(Fence(epoch: 9, sequence: 1, term: 6).isOfEarlierTerm(than: written))
    #expect(!Fence(epoch: 3, sequence: 2, term: 7).isOfEarlierTerm(than: written))
    #expect(!Fence(epoch: 3, sequence: 2).isOfEarlierTerm(than: written))
    #expect(!Fence(epoch: 3, sequence: 2, term: 7).isOfEarlierTerm(than: Fence(epoch: 9, sequence: 1)))
    let document = ObjectDocument(Self.lease, annotations: written.annotations)
    #expect(Fence(of: document) == written)
  }
}
