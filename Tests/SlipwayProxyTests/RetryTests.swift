import NIOConcurrencyHelpers
import SlipwayModel
import SlipwayProxy
import Testing

extension ProxyTests {
  @Suite("Retries") struct RetryTests {
    /// A service that closes the connection instead of answering, but only the first time.
    private static func closesOnce() async throws -> TestService {
      let calls = NIOLockedValueBox(0)
      return try await TestService.start { _, reply in
        let call = calls.withLockedValue {
          $0 += 1
          return $0
        }
        if call == 1 { reply.close() } else { reply.ok("answer \(call)") }
      }
    }

    @Test("A request that may have reached the service is not sent again", arguments: ["POST", "PATCH"])
    func neverTwice(method: String) async throws {
      let (first, second) = (try await Self.closesOnce(), try await Self.closesOnce())
      try await withProxy(blue: [first, second]) { (fixture) async throws in
        let answer = try await fixture.get(fields: "Content-Length: 0\r\n", method: method)
        #expect(answer.status == 502)
        #expect(answer.code == "upstream-closed")
        #expect(first.requests.count + second.requests.count == 1)
      }
    }

    @Test(
      "An idempotent request goes to another endpoint when the first closes without an answer", arguments: ["GET", "DELETE", "OPTIONS"])
    func idempotent(method: String) async throws {
      let broken = try await TestService.start { _, reply in reply.close() }
      let good = try await TestService.start { _, reply in reply.ok("good") }
      try await withProxy(blue: [broken, good]) { (fixture) async throws in
        for _ in 0..<4 { #expect(try await fixture.get(method: method).body == "good") }
        #expect(!broken.requests.isEmpty)
        #expect(try await fixture.figures(of: .blue, atLeast: 4).errors == 0)
      }
    }

    @Test("An idempotent request whose body is gone is not sent again")
    func consumedBody() async throws {
      let (first, second) = (try await Self.closesOnce(), try await Self.closesOnce())
      try await withProxy(blue: [first, second]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try await client.answer().code == "upstream-closed")
        #expect(first.requests.count + second.requests.count == 1)
      }
    }

    @Test("A kept connection that the service has closed costs no idempotent request")
    func staleConnection() async throws {
      // It closes each connection as soon as a second request comes over it: the request of a kept connection gets no answer.
      let uses = NIOLockedValueBox<[Int: Int]>([:])
      let service = try await TestService.start { request, reply in
        let use = uses.withLockedValue {
          $0[request.connection, default: 0] += 1
          return $0[request.connection]
        }
        if use == 1 { reply.ok("fresh") } else { reply.close() }
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        for _ in 0..<5 { #expect(try await fixture.get().body == "fresh") }
      }
    }

    @Test("A request that can't be sent twice takes no connection that was idle for long")
    func freshForPost() async throws {
      let service = try await TestService.start { _, reply in reply.ok("") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        _ = try await client.get("/", fields: "Content-Length: 0\r\n", method: "POST")
        _ = try await client.get("/", fields: "Content-Length: 0\r\n", method: "POST")
        #expect(service.connectionCount == 1)
        try await Task.sleep(for: .milliseconds(1100))
        _ = try await client.get("/", fields: "Content-Length: 0\r\n", method: "POST")
        #expect(service.connectionCount == 2)
        try await Task.sleep(for: .milliseconds(1100))
        _ = try await client.get("/")
        #expect(service.connectionCount == 2)
      }
    }

    @Test("A request that no connection could be opened for goes to another endpoint, whatever its method")
    func connectFailure() async throws {
      let gone = try await TestService.start { _, reply in reply.ok("gone") }
      let good = try await TestService.start { request, reply in reply.ok("good \(request.body)") }
      // So slow a probe that only the requests find out.
      try await withProxy(blue: [gone, good], { $0.blue.probe.interval = .hours(1) }) { (fixture) async throws in
        await gone.stop()
        for number in 0..<6 {
          let client = try await fixture.connect()
          try await client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\n\(number)")
          #expect(try await client.answer().body == "good \(number)")
        }
        // After three failures it is not asked any more.
        let endpoint = try #require(try await fixture.status().blue.endpoints.first)
        #expect(!endpoint.ready)
        #expect(endpoint.consecutiveFailures == 3)
        #expect(try await fixture.figures(of: .blue, atLeast: 6).errors == 0)
      }
    }

    @Test("A replica that restarts under load costs no idempotent request")
    func restart() async throws {
      let first = try await TestService.start { _, reply in reply.ok("x") }
      let second = try await TestService.start { _, reply in reply.ok("x") }
      try await withProxy(blue: [first, second]) { (fixture) async throws in
        let isOver = NIOLockedValueBox(false)
        let answers = try await withThrowingTaskGroup(of: [Int].self) { group in
          for _ in 0..<8 {
            group.addTask {
              var statuses: [Int] = []
              let client = try await fixture.connect()
              while !isOver.withLockedValue({ $0 }) { statuses.append(try await client.get("/").status) }
              return statuses
            }
          }
          try await Task.sleep(for: .milliseconds(200))
          await first.stop()
          try await Task.sleep(for: .milliseconds(200))
          let again = try await TestService.start(port: first.port) { _, reply in reply.ok("x") }
          try await eventually("the replica to be ready again") { try await fixture.status().blue.readyEndpoints == 2 }
          isOver.withLockedValue { $0 = true }
          let all = try await group.reduce(into: []) { $0 += $1 }
          await again.stop()
          return all
        }
        #expect(answers.count > 20)
        #expect(answers.allSatisfy { $0 == 200 })
      }
    }

    @Test("A service that nobody listens for is unreachable, and counts as an error")
    func unreachable() async throws {
      let gone = try await TestService.start { _, reply in reply.ok("") }
      try await withProxy(blue: [gone], { $0.blue.probe.interval = .hours(1) }) { (fixture) async throws in
        await gone.stop()
        #expect(try await fixture.get().code == "upstream-unreachable")
        #expect(try await fixture.figures(of: .blue, atLeast: 1).errors == 1)
      }
    }
  }
}
