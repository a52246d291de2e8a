import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import SlipwayModel
import SlipwayProxy
import Testing

extension ProxyTests {
  @Suite("Draining") struct DrainTests {
    /// A service that answers `/slow` only when told, and opens tunnels and streams.
    private static func slow(_ held: NIOLockedValueBox<[TestService.Reply]>) async throws -> TestService {
      try await TestService.start { request, reply in
        switch request.path {
        case "/slow": held.withLockedValue { $0.append(reply) }
        case "/ws": reply.raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        case "/events": reply.raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        default: reply.ok("quick")
        }
      }
    }

    @Test("Draining waits for the requests in flight and cuts nothing when they end in time")
    func inTime() async throws {
      let held = NIOLockedValueBox<[TestService.Reply]>([])
      let service = try await Self.slow(held)
      let next = try await named("next")
      try await withProxy(blue: [service], green: [next]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        try await eventually("the request") { held.withLockedValue { $0.count } == 1 }
        try await fixture.proxy.apply(split: .all(to: .green), sticky: true, for: testKey)
        async let cut = fixture.proxy.drain(testKey, slot: .blue, within: .seconds(10))
        try await Task.sleep(for: .milliseconds(50))
        #expect(try await fixture.status().blue.inFlight == 1)
        held.withLockedValue { $0.first }?.ok("late but whole")
        #expect(await cut == 0)
        #expect(try await client.answer().body == "late but whole")
        #expect(try await client.get("/").body == "next")
      }
    }

    @Test("At the deadline requests, streams and tunnels are cut and counted, and none is held against the service")
    func cut() async throws {
      let held = NIOLockedValueBox<[TestService.Reply]>([])
      let service = try await Self.slow(held)
      try await withProxy(blue: [service]) { (fixture) async throws in
        let (waiting, stream, tunnel) = (try await fixture.connect(), try await fixture.connect(), try await fixture.connect())
        try await waiting.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        try await stream.send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")
        try await tunnel.send("GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        try await stream.receive("an event") { $0.contains("data: 1") }
        try await tunnel.receive("the tunnel") { $0.contains("101") }
        try await eventually("three in flight") { try await fixture.status().blue.inFlight == 3 }
        #expect(await fixture.proxy.drain(testKey, slot: .blue, within: .milliseconds(50)) == 3)
        #expect(try await waiting.answer().code == "shutting-down")
        try await stream.waitForClose()
        try await tunnel.waitForClose()
        #expect(try await fixture.status().blue.inFlight == 0)
        // Drained, it gets nothing new until it is named again; a split does not name it.
        try await fixture.proxy.apply(split: .all(to: .blue), sticky: true, for: testKey)
        #expect(try await fixture.get().code == "no-ready-endpoint")
        try await fixture.proxy.setEndpoints([service.endpoint()], slot: .blue, for: testKey)
        #expect(try await fixture.get().body == "quick")
        #expect(try await fixture.figures(of: .blue, atLeast: 3).errors == 1)  // the one refused in between
      }
    }

    @Test("One endpoint of several can be drained, even after it was removed")
    func endpoint() async throws {
      let held = NIOLockedValueBox<[TestService.Reply]>([])
      let service = try await Self.slow(held)
      let other = try await named("other")
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        try await eventually("the request") { held.withLockedValue { $0.count } == 1 }
        try await fixture.proxy.setEndpoints([other.endpoint("new")], slot: .blue, for: testKey)
        try await eventually("the new endpoint") { try await fixture.status().blue.readyEndpoints == 1 }
        #expect(try await fixture.get().body == "other")
        #expect(try await fixture.status().blue.inFlight == 1)
        #expect(await fixture.proxy.drain(testKey, slot: .blue, endpoint: "new", within: .milliseconds(20)) == 0)
        #expect(await fixture.proxy.drain(testKey, slot: .blue, endpoint: "1", within: .milliseconds(20)) == 1)
        #expect(await fixture.proxy.drain(testKey, slot: .blue, endpoint: "unknown", within: .seconds(9)) == 0)
      }
      await other.stop()
    }

    @Test("Idle connections to a removed endpoint are closed")
    func idleClosed() async throws {
      let service = try await named("old")
      let other = try await named("other")
      try await withProxy(blue: [service]) { (fixture) async throws in
        _ = try await fixture.get()
        try await fixture.proxy.setEndpoints([other.endpoint("new")], slot: .blue, for: testKey)
        try await eventually("closed connections") { service.openConnections == 0 }
      }
      await other.stop()
    }
  }
}

extension ProxyTests {
  @Suite("Pausing") struct PauseTests {
    @Test("Requests are held while a route is paused, and answered when it resumes")
    func held() async throws {
      let service = try await named("blue")
      try await withProxy(blue: [service]) { (fixture) async throws in
        try await fixture.proxy.pause(testKey)
        let client = try await fixture.connect()
        try await client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc")
        try await eventually("a held request") { try await fixture.status().held == 1 }
        #expect(service.requests.isEmpty)
        try await fixture.proxy.resume(testKey)
        #expect(try await client.answer().body == "blue")
        #expect(service.requests.map(\.body) == ["abc"])
        #expect(try await fixture.status().held == 0)
      }
    }

    @Test("Held requests are bounded in number and time, and told when to try again")
    func bounded() async throws {
      let service = try await named("blue")
      let edit = { (route: inout RouteConfiguration) in
        route.paused = true
        route.limits.heldRequests = 2
        route.limits.heldTime = .milliseconds(600)
      }
      try await withProxy(blue: [service], oneLoop: true, edit) { (fixture) async throws in
        var clients: [TestConnection] = []
        for _ in 0..<3 {
          let client = try await fixture.connect()
          try await client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
          clients.append(client)
        }
        // The third finds no place.
        #expect(try await clients[2].answer().code == "paused")
        #expect(try await fixture.status().held == 2)
        #expect(clients[0].text == "")
        for client in clients[..<2] {
          let answer = try await client.answer()
          #expect(answer.status == 503)
          #expect(answer.code == "paused")
          #expect(answer.field("Retry-After") == "1")
        }
        #expect(service.requests.isEmpty)
      }
    }

    @Test("A client that leaves while it is held leaves its place")
    func leaves() async throws {
      let service = try await named("blue")
      try await withProxy(blue: [service], { $0.paused = true }) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        try await eventually("a held request") { try await fixture.status().held == 1 }
        client.close()
        try await eventually("an empty place") { try await fixture.status().held == 0 }
        try await fixture.proxy.resume(testKey)
        #expect(service.requests.isEmpty)
      }
    }
  }
}

extension ProxyTests {
  @Suite("Health") struct HealthTests {
    @Test("An endpoint becomes unready after as many failures in a row, and ready again after one success")
    func transitions() async throws {
      let service = try await named("blue")
      try await withProxy(blue: [service]) { (fixture) async throws in
        let ready = try #require(try await fixture.status().blue.endpoints.first)
        #expect(ready.ready)
        #expect(ready.everConnected)
        #expect(ready.readySince != nil)
        service.isHealthy.withLockedValue { $0 = false }
        try await eventually("unready") { try await fixture.status().blue.readyEndpoints == 0 }
        let unready = try #require(try await fixture.status().blue.endpoints.first)
        #expect(unready.consecutiveFailures >= 3)
        #expect(unready.readySince == nil)
        #expect(unready.lastFailure == "GET /health answered 503")
        service.isHealthy.withLockedValue { $0 = true }
        try await eventually("ready again") { try await fixture.status().blue.readyEndpoints == 1 }
        #expect(try await fixture.status().blue.consecutiveFailures == 0)
        #expect(try await fixture.status().blue.endpoints.map(\.lastFailure) == [nil])
      }
    }

    @Test("An endpoint that never listened was never connected and gets nothing")
    func neverConnected() async throws {
      let gone = try await named("gone")
      await gone.stop()
      try await withProxy(blue: [gone]) { (fixture) async throws in
        let endpoint = try #require(try await fixture.status().blue.endpoints.first)
        #expect(!endpoint.everConnected)
        #expect(!endpoint.ready)
        #expect(endpoint.consecutiveFailures > 0)
        #expect(endpoint.lastFailure == "nothing listens at port \(endpoint.endpoint.port)")
      }
    }

    @Test("A probe that gets no answer in its time is a failure")
    func slowProbe() async throws {
      let mute = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(host: "127.0.0.1", port: 0).get()
      let endpoint = Endpoint(id: "mute", port: try #require(mute.localAddress?.port))
      try await withProxy({ $0.blue = SlotConfiguration(endpoints: [endpoint], probe: HealthProbe(timeout: .milliseconds(50))) }) {
        (fixture) async throws in
        try await eventually("failures") { try await fixture.status().blue.consecutiveFailures >= 2 }
        #expect(try await fixture.status().blue.endpoints.first?.everConnected == true)
        #expect(try await fixture.status().blue.endpoints.first?.lastFailure == "GET /health did not answer within 50ms")
      }
      try await mute.close().get()
    }
  }
}

extension ProxyTests {
  @Suite("Stopping") struct StopTests {
    @Test("Stopping lets requests finish, closes idle connections at once, and refuses new ones")
    func graceful() async throws {
      let held = NIOLockedValueBox<[TestService.Reply]>([])
      let service = try await TestService.start { request, reply in
        if request.path == "/slow" { held.withLockedValue { $0.append(reply) } } else { reply.ok("") }
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let (idle, busy) = (try await fixture.connect(), try await fixture.connect())
        _ = try await idle.get("/")
        try await busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        try await eventually("the request") { held.withLockedValue { $0.count } == 1 }
        async let cut = fixture.proxy.shutdown(within: .seconds(10))
        try await idle.waitForClose()
        await #expect(throws: (any Error).self) { try await fixture.connect() }
        held.withLockedValue { $0.first }?.ok("finished")
        let answer = try await busy.answer()
        #expect(answer.body == "finished")
        #expect(answer.field("Connection") == "close")
        #expect(await cut == 0)
        await #expect(throws: SlipwayError.self) { try await fixture.proxy.pause(testKey) }
      }
    }

    @Test("What is not finished in time is cut and counted")
    func bounded() async throws {
      let service = try await TestService.start { _, _ in }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        try await eventually("the request") { service.requests.count == 1 }
        #expect(await fixture.proxy.shutdown(within: .milliseconds(50)) == 1)
        #expect(try await client.answer().code == "shutting-down")
      }
    }
  }
}
