import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Calls when the API server is busy or away")
struct RetryTests {
  private static let object: JSONValue = ["metadata": ["name": "api-blue"]]
  private static let document = ObjectDocument(object)

  @Test("A server that answers errors and breaks connections half of the time is no obstacle")
  func halfErrors() async throws {
    let calls = Counter()
    try await withCluster(clock: FastClock(times: 2)) { _ in
      switch calls.next() % 8 {
      case 1: .status(500, "InternalError")
      case 3: .hangUp
      case 5: .status(429, "TooManyRequests", headers: ["retry-after": "1"])
      case 7: .status(503, "ServiceUnavailable")
      default: .json(Self.object)
      }
    } _: { client, server async throws in
      for _ in 0..<8 {
        _ = try await client.apply(
          Self.document, as: ClientSample.key, ClusterCall("apply api-blue", within: .seconds(120), priority: .urgent))
      }
      #expect(server.requests.count >= 15)
    }
  }

  @Test("Retry-After is waited for")
  func retryAfter() async throws {
    let calls = Counter()
    let clock = FastClock(times: 2)
    try await withCluster(clock: clock) { _ in
      calls.next() == 1 ? .status(429, "TooManyRequests", headers: ["retry-after": "3"]) : .json(Self.object)
    } _: { client, _ async throws in
      let start = clock.now()
      _ = try await client.create(Self.document, as: ClientSample.key, ClientSample.look)
      #expect(clock.now() - start >= .seconds(3))
    }
  }

  @Test("A wait that would not end in time is not begun: the error is there at once")
  func noTimeToWait() async throws {
    let clock = FastClock(times: 1)
    try await withCluster(clock: clock) { _ in
      .status(429, "TooManyRequests", "busy", headers: ["retry-after": "30"])
    } _: { client, server async throws in
      let start = clock.now()
      let error = try await failure { _ = try await client.get(ClientSample.key, ClusterCall("look at api-blue")) }
      #expect(error.code == .clusterBusy && error.message == "can't look at api-blue: the API server answered 429: busy")
      #expect(clock.now() - start < .seconds(15) && server.requests.count == 1)
    }
  }

  @Test("Creating and JSON patches are not repeated once they may have been carried out")
  func notRepeated() async throws {
    for reply in [ScriptedCluster.Reply.hangUp, .status(500, "InternalError")] {
      try await withCluster(clock: FastClock(times: 20)) { _ in
        reply
      } _: { client, server async throws in
        await #expect(throws: SlipwayError.self) { try await client.create(Self.document, as: ClientSample.key, ClientSample.look) }
        #expect(server.requests.count == 1)
        await #expect(throws: SlipwayError.self) { try await client.patch(ClientSample.key, .json([]), ClientSample.look) }
        #expect(server.requests.count == 2)
        await #expect(throws: SlipwayError.self) { try await client.patch(ClientSample.key, .merge([:]), ClientSample.look) }
        #expect(server.requests.count > 4)
      }
    }
  }

  @Test("A connection on which nothing comes is given up in time for another attempt")
  func silentConnection() async throws {
    let calls = Counter()
    try await withCluster(clock: FastClock(times: 10)) { _ in
      calls.next() == 1 ? .silence : .json(Self.object)
    } _: { client, _ async throws in
      #expect(try await client.get(ClientSample.key, ClientSample.look)?.name == "api-blue")
    }
  }

  @Test("Without any answer a call ends at its limit, and says so")
  func limit() async throws {
    let clock = FastClock(times: 1)
    try await withCluster(clock: clock) { _ in
      .silence
    } _: { client, _ async throws in
      let start = clock.now()
      let error = try await failure { _ = try await client.get(ClientSample.key, ClusterCall("look at api-blue", within: .seconds(6))) }
      #expect(
        error.code == .clusterUnreachable && error.message.hasPrefix("can't look at api-blue: the API server has not answered within"))
      let took = clock.now() - start
      #expect(took > .seconds(4) && took < .seconds(25), "\(took)")
    }
  }

  @Test("Where nothing listens, all kinds of calls are tried until their limit, and the cause is said")
  func nothingListens() async throws {
    let server = try await ScriptedCluster { _ in .silence }
    let url = server.url
    try await server.stop()
    let clock = FastClock(times: 10)
    let transport = try HTTPTransport(ClusterAccess(server: url), clock: clock, logger: quiet, environment: [:])
    let client = KubernetesClient(transport: transport, clock: clock, random: { 0.5 }, logger: quiet)
    let start = clock.now()
    let call = ClusterCall("create api-blue", within: .seconds(120))
    let error = try await failure { _ = try await client.create(Self.document, as: ClientSample.key, call) }
    #expect(error.code == .clusterUnreachable && error.cause?.contains("refused") == true, "\(error)")
    #expect(clock.now() - start > .seconds(1))
    await client.close()
  }

  @Test("A call that is cancelled ends at once, while it waits for an answer and while it waits for its turn")
  func cancellation() async throws {
    try await withCluster(clock: FastClock(times: 1), limits: RateLimits(rate: 1, burst: 1)) { _ in
      .silence
    } _: { client, _ async throws in
      let start = ContinuousClock.now
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<3 {
          group.addTask {
            do { _ = try await client.get(ClientSample.key, ClientSample.look) } catch is CancellationError { return true } catch {}
            return false
          }
        }
        do { try await Task.sleep(for: .milliseconds(100)) } catch {}
        group.cancelAll()
        for await wasCancelled in group { #expect(wasCancelled) }
      }
      #expect(ContinuousClock.now - start < .seconds(15))
    }
  }

  @Test("What can't be had within the client's rate fails at once; an urgent call goes ahead of what waits")
  func ownRate() async throws {
    try await withCluster(clock: StillClock(), limits: RateLimits(rate: 1, burst: 2)) { _ in
      .json(Self.object)
    } _: { client, _ async throws in
      for _ in 0..<2 { _ = try await client.get(ClientSample.key, ClientSample.look) }
      let error = try await failure { _ = try await client.get(ClientSample.key, ClusterCall("look", within: .milliseconds(900))) }
      #expect(error.code == .clusterBusy && error.message == "can't look within 900ms: too many other calls of Slipway come first")
      _ = try await client.get(ClientSample.key, ClusterCall("bring traffic back", within: .seconds(20), priority: .urgent))
    }
  }

  @Test("Many hanging calls leave connections for an urgent one")
  func lanes() async throws {
    try await withCluster(clock: FastClock(times: 1)) { request in
      request.method == "GET" ? .silence : .json(Self.object)
    } _: { client, server async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<40 { group.addTask { _ = try await client.get(ClientSample.key, ClientSample.look) } }
        try await eventually("calls hang") { server.requests.count >= 16 }
        let start = ContinuousClock.now
        _ = try await client.apply(
          Self.document, as: ClientSample.key, ClusterCall("bring traffic back", within: .seconds(20), priority: .urgent))
        #expect(ContinuousClock.now - start < .seconds(15))
        group.cancelAll()
        while let result = await group.nextResult() { if case .success = result { Issue.record("a look was answered") } }
      }
    }
  }
}
