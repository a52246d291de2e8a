import SlipwayModel
import SlipwayProxy
import Testing

extension ProxyTests {
  @Suite("Limits") struct LimitTests {
    private func withService(_ edit: (inout ProxyLimits) -> Void, _ test: (ProxyFixture) async throws -> Void) async throws {
      let service = try await TestService.start { request, reply in if request.path != "/silent" { reply.ok("ok") } }
      try await withProxy(blue: [service], { edit(&$0.limits) }, test)
    }

    @Test("A header above its bytes or fields gets 431, a target above its bytes 414")
    func sizes() async throws {
      try await withService({ _ in }) { (fixture) async throws in
        #expect(try await fixture.get(fields: "A: \(String(repeating: "a", count: 60_000))\r\n").status == 200)
        #expect(try await fixture.get(fields: "A: \(String(repeating: "a", count: 66_000))\r\n").code == "header-too-large")
        #expect(try await fixture.get(fields: (0..<120).map { "A\($0): b\r\n" }.joined()).status == 200)
        #expect(try await fixture.get(fields: (0..<130).map { "A\($0): b\r\n" }.joined()).status == 431)
        #expect(try await fixture.get("/" + String(repeating: "a", count: 8191)).status == 200)
        #expect(try await fixture.get("/" + String(repeating: "a", count: 8192)).code == "target-too-long")
      }
    }

    @Test("A head that comes byte by byte gets 408, however steadily it comes")
    func slowHead() async throws {
      try await withService({ $0.headerTime = .milliseconds(400) }) { (fixture) async throws in
        let client = try await fixture.connect()
        for byte in "GET / HTTP/1.1\r\nHost: slow-as-molasses\r\nX: y".prefix(40) {
          if client.isClosed || !client.text.isEmpty { break }
          client.post(String(byte))
          try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await client.answer().code == "request-timeout")
        try await client.waitForClose()
      }
    }

    @Test("A connection without a request is closed, before its first and between two")
    func idle() async throws {
      try await withService({
        $0.headerTime = .milliseconds(500)
        $0.idleTime = .milliseconds(500)
      }) { (fixture) async throws in
        let unused = try await fixture.connect()
        let used = try await fixture.connect()
        #expect(try await used.get("/").status == 200)
        try await unused.waitForClose()
        try await used.waitForClose()
        #expect(unused.text == "")
      }
    }

    @Test("A service that does not answer in time costs 504 and counts as an error")
    func silentService() async throws {
      try await withService({ $0.responseTime = .milliseconds(500) }) { (fixture) async throws in
        let client = try await fixture.connect()
        #expect(try await client.get("/silent").code == "upstream-timeout")
        // The client's connection is still good.
        #expect(try await client.get("/").status == 200)
        let figures = try await fixture.figures(of: .blue, atLeast: 2)
        #expect(figures.errors == 1)
      }
    }

    @Test("A request body that stands still gets 408, and is not the service's fault")
    func slowBody() async throws {
      try await withService({ $0.bodyIdleTime = .milliseconds(500) }) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
        #expect(try await client.answer().status == 408)
        try await client.waitForClose()
        #expect(try await fixture.get().status == 200)
        #expect(try await fixture.figures(of: .blue, atLeast: 1) == fixture.figures(of: .blue))
        #expect(fixture.figures(of: .blue).errors == 0)
      }
    }

    @Test("An answer that stands still is cut")
    func stalledAnswer() async throws {
      let service = try await TestService.start { _, reply in reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") }
      try await withProxy(blue: [service], { $0.limits.bodyIdleTime = .milliseconds(500) }) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        try await client.waitForClose()
        #expect(try await fixture.figures(of: .blue, atLeast: 1).errors == 1)
      }
    }

    @Test("A connection above the limit gets 503, and room made is room used")
    func connections() async throws {
      let service = try await TestService.start { _, reply in reply.ok("ok") }
      try await withProxy(blue: [service], oneLoop: true, { $0.limits.connections = 2 }) { (fixture) async throws in
        let clients = [try await fixture.connect(), try await fixture.connect()]
        for client in clients { #expect(try await client.get("/").status == 200) }
        let refused = try await fixture.connect()
        #expect(try await refused.answer().code == "too-many-connections")
        for client in clients { client.close() }
        try await eventually("room") { try await fixture.status().connections == 0 }
        #expect(try await fixture.get().status == 200)
      }
    }

    @Test("Idle connections to the service are closed after their time")
    func idleUpstream() async throws {
      let service = try await TestService.start { _, reply in reply.ok("") }
      try await withProxy(blue: [service], { $0.limits.idleUpstreamTime = .milliseconds(50) }) { (fixture) async throws in
        let client = try await fixture.connect()
        _ = try await client.get("/")
        try await Task.sleep(for: .milliseconds(300))
        _ = try await client.get("/")
        #expect(service.connectionCount == 2)
      }
    }
  }
}
