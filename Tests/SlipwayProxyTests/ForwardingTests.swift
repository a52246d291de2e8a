import NIOHTTP1
import SlipwayModel
import SlipwayProxy
import Testing

extension ProxyTests {
  @Suite("Forwarding") struct ForwardingTests {
    @Test("Requests of one client connection share one connection to the service")
    func keepAlive() async throws {
      let service = try await TestService.start { request, reply in reply.ok("hello \(request.path)") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        #expect(try await client.get("/a").body == "hello /a")
        #expect(try await client.get("/b").body == "hello /b")
        #expect(try await client.get("/c").body == "hello /c")
        #expect(service.connectionCount == 1)
        #expect(!client.isClosed)
      }
    }

    @Test("Requests sent without waiting are answered in order")
    func pipelining() async throws {
      let service = try await TestService.start { request, reply in reply.ok("<\(request.path)>") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send((0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: t\r\n\r\n" }.joined())
        for number in 0..<100 { #expect(try await client.answer().body == "</\(number)>") }
      }
    }

    @Test("The service gets the forwarded fields, and nothing that was meant for the proxy")
    func fields() async throws {
      let service = try await TestService.start { _, reply in reply.ok("") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let answer = try await fixture.get(
          "/x?y=1",
          fields: """
            Connection: keep-alive, X-Hop\r
            X-Hop: 1\r
            X-Kept: 2\r
            Keep-Alive: timeout=5\r
            TE: trailers\r
            X-Slipway-Mirror: true\r
            Proxy-Authorization: Basic eDp5\r
            X-Forwarded-For: 203.0.113.9\r
            X-Forwarded-Proto: https\r
            Forwarded: for=evil\r\n
            """)
        #expect(answer.status == 200)
        let request = try #require(service.requests.first)
        let expected: [(String, String)] = [
          ("X-Kept", "2"), ("Host", "test"), ("X-Forwarded-For", "203.0.113.9, 127.0.0.1"), ("X-Forwarded-Proto", "http"),
          ("X-Forwarded-Host", "test"), ("Via", "1.1 slipway"),
        ]
        #expect(request.path == "/x?y=1")
        #expect(request.headers == HTTPHeaders(expected))
      }
    }

    @Test("Behind a trusted proxy its X-Forwarded-Proto and -Host go on")
    func trusted() async throws {
      let service = try await TestService.start { _, reply in reply.ok("") }
      try await withProxy(blue: [service], { $0.trustForwarded = true }) { (fixture) async throws in
        _ = try await fixture.get(fields: "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n")
        let request = try #require(service.requests.first)
        #expect(request.headers["x-forwarded-proto"] == ["https"])
        #expect(request.headers["x-forwarded-host"] == ["shop.example"])
      }
    }

    @Test("Answers lose the fields of one hop and keep the others, repeated ones included")
    func answerFields() async throws {
      let service = try await TestService.start { _, reply in
        reply.ok(
          "x", fields: "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nX-Own: y\r\n")
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let answer = try await fixture.get()
        #expect(answer.fields == ["Content-Length: 1", "Set-Cookie: a=1", "Set-Cookie: b=2", "X-Own: y"])
      }
    }

    @Test("Answers without a body end where they should", arguments: [("HEAD", 200), ("GET", 204), ("GET", 304)])
    func bodyless(method: String, status: Int) async throws {
      let service = try await TestService.start { request, reply in
        if request.path == "/after" { return reply.ok("after") }
        reply.raw("HTTP/1.1 \(status) S\r\n\(status == 204 ? "" : "Content-Length: 500\r\n")X-A: b\r\n\r\n")
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        let answer = try await client.get("/", method: method)
        #expect(answer.status == status)
        #expect(answer.fields == (status == 204 ? ["X-A: b"] : ["Content-Length: 500", "X-A: b"]))
        #expect(try await client.get("/after").body == "after")
        #expect(service.connectionCount == 1)
      }
    }

    @Test("An answer without a length goes out in chunks, or to an HTTP/1.0 client until the connection ends")
    func untilClose() async throws {
      let service = try await TestService.start { _, reply in
        reply.raw("HTTP/1.1 200 OK\r\n\r\nall of it")
        reply.close()
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let answer = try await fixture.get()
        #expect(answer.field("Transfer-Encoding") == "chunked")
        #expect(answer.body == "all of it")
        let old = try await fixture.connect()
        try await old.send("GET / HTTP/1.0\r\n\r\n")
        let oldAnswer = try await old.answer()
        #expect(oldAnswer.field("Transfer-Encoding") == nil)
        #expect(oldAnswer.body == "all of it")
        #expect(old.isClosed)
      }
    }

    @Test("An HTTP/1.0 client that asks for it keeps its connection")
    func oldKeepAlive() async throws {
      let service = try await TestService.start { _, reply in reply.ok("x") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        for _ in 0..<2 {
          try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
          #expect(try await client.answer().field("Connection") == "keep-alive")
        }
      }
    }

    @Test("A client that asks for the end gets it after the answer")
    func clientCloses() async throws {
      let service = try await TestService.start { _, reply in reply.ok("x") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        #expect(try await client.get("/", fields: "Connection: close\r\n").field("Connection") == "close")
        try await client.waitForClose()
      }
    }

    @Test("A body in chunks arrives in chunks, and one with a length with its length")
    func requestBodies() async throws {
      let service = try await TestService.start { request, reply in
        let framing = request.headers["transfer-encoding"].first ?? request.headers["content-length"].first ?? "none"
        reply.ok("\(framing):\(request.body)")
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
        #expect(try await client.answer().body == "chunked:abcde")
        try await client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nabcd")
        #expect(try await client.answer().body == "4:abcd")
      }
    }

    @Test("A client that expects 100 Continue gets it from the service before it sends the body")
    func expectContinue() async throws {
      let service = try await TestService.start(onHead: { request, reply in
        if request.headers["expect"] == ["100-continue"] { reply.raw("HTTP/1.1 100 Continue\r\n\r\n") }
      }) { request, reply in reply.ok(request.body) }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("PUT / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try await client.answer().status == 100)
        try await client.send("ok")
        #expect(try await client.answer().body == "ok")
      }
    }

    @Test("A request with a URL as target goes to its path, and the URL's host counts")
    func absoluteForm() async throws {
      let service = try await TestService.start { request, reply in reply.ok("\(request.headers["host"]) \(request.path)") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET http://shop.example:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n")
        #expect(try await client.answer().body == #"["shop.example:81"] /a?b"#)
      }
    }

    @Test("An early answer reaches a client that is still sending, and its connection survives")
    func earlyAnswer() async throws {
      let service = try await TestService.start(onHead: { _, reply in reply.ok("early") }) { _, _ in }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 6\r\n\r\nabc")
        #expect(try await client.answer().body == "early")
        try await client.send("defGET / HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try await client.answer().body == "early")
      }
    }

    @Test("Answers to the service's errors and to complete requests are counted per slot with their latency")
    func counted() async throws {
      let service = try await TestService.start { request, reply in reply.status(request.path == "/bad" ? 500 : 404) }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        for path in ["/bad", "/a", "/b"] { _ = try await client.get(path) }
        let figures = try await fixture.figures(of: .blue, atLeast: 3)
        #expect(figures.requests == 3)
        #expect(figures.errors == 1)
        #expect(figures.latency.total == 3)
        #expect(fixture.figures(of: .green) == SlotFigures())
      }
    }
  }
}
