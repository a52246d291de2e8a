import SlipwayModel
import SlipwayProxy
import Testing

/// A request that must be refused, or an answer that must not be believed.
struct Malformed: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  var status = 400
  var testDescription: String { name }

  init(_ name: String, _ text: String, _ status: Int = 400) {
    self.name = name
    self.text = text
    self.status = status
  }
}

extension ProxyTests {
  @Suite("Malformed and smuggled messages") struct SmugglingTests {
    private static let get = "GET / HTTP/1.1\r\nHost: t\r\n"
    private static let post = "POST / HTTP/1.1\r\nHost: t\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    static let requests = [
      Malformed("Content-Length and Transfer-Encoding", post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      Malformed("Transfer-Encoding and Content-Length", post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n"),
      Malformed("differing Content-Length", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
      Malformed("repeated Content-Length", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
      Malformed("list as Content-Length", post + "Content-Length: 1, 1\r\n\r\na"),
      Malformed("sign in Content-Length", post + "Content-Length: +1\r\n\r\na"),
      Malformed("negative Content-Length", post + "Content-Length: -1\r\n\r\na"),
      Malformed("hexadecimal Content-Length", post + "Content-Length: 0x1\r\n\r\na"),
      Malformed("empty Content-Length", post + "Content-Length: \r\n\r\na"),
      Malformed("overflowing Content-Length", post + "Content-Length: 99999999999999999999\r\n\r\na"),
      Malformed("coding other than chunked", post + "Transfer-Encoding: gzip\r\n\r\na", 501),
      Malformed("chunked not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\na"),
      Malformed("chunked after another coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
      Malformed("chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      Malformed("almost chunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
      Malformed("chunked with a parameter", post + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", 501),
      Malformed("chunked behind a vertical tab", post + "Transfer-Encoding: \u{0b}chunked\r\n\r\n0\r\n\r\n"),
      Malformed("chunked on a folded line", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
      Malformed("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      Malformed("space before the colon", post + "Content-Length : 1\r\n\r\na"),
      Malformed("tab before the colon", post + "Content-Length\t: 1\r\n\r\na"),
      Malformed("folded field", get + "A: b\r\n c\r\n\r\n"),
      Malformed("space before the first field", "GET / HTTP/1.1\r\n Host: t\r\n\r\n"),
      Malformed("bare LF after a field", get + "A: b\nC: d\r\n\r\n"),
      Malformed("bare LF in the request line", "GET / HTTP/1.1\nHost: t\n\n"),
      Malformed("bare LF at the end", get + "A: b\r\n\n"),
      Malformed("bare CR in a field", get + "A: b\rC: d\r\n\r\n"),
      Malformed("NUL in a field", get + "A: b\u{0}c\r\n\r\n"),
      Malformed("control character in a field", get + "A: b\u{1}c\r\n\r\n"),
      Malformed("space in a name", get + "A b: c\r\n\r\n"),
      Malformed("bracket in a name", get + "A(: c\r\n\r\n"),
      Malformed("empty name", get + ": c\r\n\r\n"),
      Malformed("no colon", get + "A\r\n\r\n"),
      Malformed("replacement character", get + "A: \u{fffd}\r\n\r\n"),
      Malformed("no Host", "GET / HTTP/1.1\r\n\r\n"),
      Malformed("two Hosts", get + "Host: u\r\n\r\n"),
      Malformed("path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
      Malformed("user in Host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
      Malformed("list in Host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
      Malformed("URL without Host field", "GET http://a/ HTTP/1.1\r\n\r\n"),
      Malformed("user in the URL", "GET http://a@b/ HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("URL of another kind", "GET ftp://a/ HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("fragment", "GET /#x HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("asterisk for GET", "GET * HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("relative target", "GET a HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("space in the target", "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("NUL in the target", "GET /\u{0} HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501),
      Malformed("unknown method", "FOO / HTTP/1.1\r\nHost: t\r\n\r\n"),
      Malformed("RTSP method", "DESCRIBE / RTSP/1.0\r\nHost: t\r\n\r\n", 501),
      Malformed("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      Malformed("HTTP/2.0", "GET / HTTP/2.0\r\nHost: t\r\n\r\n"),
      Malformed("HTTP/1.2", "GET / HTTP/1.2\r\nHost: t\r\n\r\n"),
      Malformed("HTTP/0.9", "GET /\r\n\r\n"),
      Malformed("TLS", "\u{16}\u{3}\u{1}\u{0}"),
      Malformed("expectation", get + "Expect: tea\r\n\r\n", 417),
      Malformed("chunk size with a space", chunked + "5 \r\nhello\r\n0\r\n\r\n"),
      Malformed("chunk size with 0x", chunked + "0x5\r\nhello\r\n0\r\n\r\n"),
      Malformed("negative chunk size", chunked + "-5\r\nhello\r\n0\r\n\r\n"),
      Malformed("overflowing chunk size", chunked + "ffffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
      Malformed("bare LF after a chunk size", chunked + "5\nhello\r\n0\r\n\r\n"),
      Malformed("bare LF in a chunk extension", chunked + "5;a\nb\r\nhello\r\n0\r\n\r\n"),
      Malformed("chunk longer than said", chunked + "5\r\nhelloX\r\n0\r\n\r\n"),
      Malformed("bare LF after a chunk", chunked + "5\r\nhello\n0\r\n\r\n"),
      Malformed("Content-Length in trailers", chunked + "0\r\nContent-Length: 4\r\n\r\n"),
    ]

    @Test("A request that another server might read differently is refused, and the connection ends", arguments: requests)
    func refused(_ request: Malformed) async throws {
      let service = try await TestService.start { _, reply in reply.ok("reached") }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send(request.text)
        let answer = try await client.answer()
        #expect(answer.status == request.status)
        #expect(answer.field("Connection") == "close")
        try await client.waitForClose()
        #expect(service.requests.map(\.path) == [])
      }
    }

    @Test("A request hidden behind a malformed one is not carried out")
    func hidden() async throws {
      let service = try await TestService.start { request, reply in reply.ok(request.path) }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send(
          "GET /first HTTP/1.1\r\nHost: t\r\n\r\n" + "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try await client.answer().body == "/first")
        #expect(try await client.answer().status == 400)
        try await client.waitForClose()
        #expect(service.requests.map(\.path) == ["/first"])
      }
    }

    static let answers = [
      Malformed("both lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      Malformed("differing lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
      Malformed("unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab"),
      Malformed("bare LF", "HTTP/1.1 200 OK\r\nA: b\nSet-Cookie: x\r\nContent-Length: 0\r\n\r\n"),
      Malformed("folded field", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n"),
      Malformed("no status", "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"),
      Malformed("status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
      Malformed("another protocol", "SSH-2.0-OpenSSH_9.2\r\n"),
    ]

    @Test("A malformed answer becomes 502", arguments: answers)
    func malformedAnswers(_ answer: Malformed) async throws {
      let service = try await TestService.start { _, reply in reply.raw(answer.text) }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let seen = try await fixture.get()
        #expect(seen.status == 502)
        #expect(seen.code == "upstream-malformed")
      }
    }

    @Test("Bytes after an answer are never taken for the answer to the next request")
    func responsePoisoning() async throws {
      let service = try await TestService.start { request, reply in
        if request.path == "/evil" {
          reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        } else {
          reply.ok("honest")
        }
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        // The second request waits in the proxy while the first is answered, so it would be the first to be fooled.
        try await client.send("GET /evil HTTP/1.1\r\nHost: t\r\n\r\nGET /next HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try await client.answer().body == "a")
        #expect(try await client.answer().body == "honest")
        #expect(try await fixture.get("/again").body == "honest")
      }
    }

    @Test("An answer that breaks off breaks off for the client too, and counts as an error")
    func truncated() async throws {
      let service = try await TestService.start { _, reply in
        reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        reply.close()
      }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        try await client.waitForClose()
        #expect(client.text.hasSuffix("half"))
        #expect(try await fixture.figures(of: .blue, atLeast: 1).errors == 1)
      }
    }
  }
}
