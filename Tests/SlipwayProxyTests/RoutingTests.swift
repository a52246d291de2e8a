import NIOCore
import NIOHTTP1
import SlipwayModel
import Testing

@testable import SlipwayProxy

extension ProxyTests {
  @Suite("Routing") struct RoutingTests {
    private let salt = RouteSalt(high: 0x0f0e_0d0c_0b0a_0908, low: 0x0706_0504_0302_0100)

    @Test(
      "SipHash-2-4 gives the values of its paper's reference",
      arguments: [
        (0, 0x726f_db47_dd0e_0e31 as UInt64), (1, 0x74f8_39c5_93dc_67fd), (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5),
      ])
    func sipHash(length: Int, expected: UInt64) {
      #expect(SipHash.hash((0..<length).map { UInt8($0) }, key: salt) == expected)
    }

    @Test("Hashing a word is hashing its eight bytes")
    func sipHashWord() {
      let word: UInt64 = 0x0123_4567_89ab_cdef
      #expect(SipHash.hash(word, key: salt) == SipHash.hash((0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }, key: salt))
    }

    @Test(
      "The share that is asked for is given, for sequential identifiers too",
      arguments: [
        (1.0, 900...1100), (10.0, 9500...10_500), (50.0, 49_000...51_000),
      ])
    func share(percent: Double, bounds: ClosedRange<Int>) {
      var random = SystemRandomNumberGenerator()
      for _ in 0..<2 {
        let splitter = Splitter(
          split: .share(Percentage(percent: percent)!, to: .green), sticky: true, salt: .random(using: &random))
        let green = (1...100_000).count { splitter.slot(ofClient: Array("\($0)".utf8)) == .green }
        #expect(bounds.contains(green), "salt \(splitter.salt)")
      }
    }

    @Test("While a weight only grows, a client that was moved to it stays there", arguments: Slot.allCases)
    func monotone(candidate: Slot) {
      let shares = [0.0, 0.5, 1, 5, 10, 25, 50, 75, 99.5, 100]
      for client in 0..<2000 {
        let slots = shares.map { share in
          Splitter(split: .share(Percentage(percent: share)!, to: candidate), sticky: true, salt: salt).slot(
            ofClient: Array("\(client)".utf8))
        }
        let moved = slots.firstIndex(of: candidate) ?? slots.count
        #expect(slots[moved...].allSatisfy { $0 == candidate })
        #expect(slots[..<moved].allSatisfy { $0 == candidate.other })
      }
    }

    @Test("Without a split there is no slot, and a whole one needs no cookie")
    func edges() {
      let none = Splitter(split: .none, sticky: true, salt: salt)
      #expect(none.slot(ofBucket: 0) == nil)
      #expect(!none.needsCookie)
      let all = Splitter(split: .all(to: .green), sticky: true, salt: salt)
      #expect(!all.needsCookie)
      #expect((0..<10_000).allSatisfy { all.slot(ofBucket: $0) == .green })
      #expect((0..<10_000).allSatisfy { Splitter(split: .all(to: .blue), sticky: true, salt: salt).slot(ofBucket: $0) == .blue })
    }

    @Test("Identifiers are 32 hexadecimal digits and never repeat")
    func identifiers() {
      var source = ClientIdentifiers(key: salt)
      let made = (0..<1000).map { _ in
        var out = ByteBuffer()
        source.next().write(to: &out)
        return String(buffer: out)
      }
      #expect(Set(made).count == 1000)
      #expect(made.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test(
      "A cookie is found by its exact name",
      arguments: [
        ("slipway=abc", "abc"), ("a=b; slipway=abc", "abc"), ("a=b;slipway=\"abc\" ; c=d", "abc"), ("xslipway=1; slipway=2", "2"),
        ("slipway=", ""), ("slipway=a=b", "a=b"), ("Slipway=1", nil), ("slipway", nil), ("", nil), (";;", nil),
      ])
    func cookies(line: String, expected: String?) {
      #expect(Cookies.value(of: "slipway", in: line).map { String(Substring($0)) } == expected)
    }

    @Test("A salt survives JSON as 32 digits, and nothing else is one")
    func saltCoding() throws {
      let small = RouteSalt(high: 1, low: 2)
      let coder = TestCoder()
      #expect(try coder.encode(small) == #""00000000000000010000000000000002""#)
      #expect(try coder.decode(RouteSalt.self, #""00000000000000010000000000000002""#) == small)
      #expect(throws: (any Error).self) { try coder.decode(RouteSalt.self, #""12""#) }
      #expect(throws: (any Error).self) { try coder.decode(RouteSalt.self, "\"\(String(repeating: "g", count: 32))\"") }
    }

    @Test("Limits that a file does not name have their defaults")
    func limitDefaults() throws {
      let limits = try TestCoder().decode(ProxyLimits.self, #"{"header_bytes": 1000}"#)
      var expected = ProxyLimits()
      expected.headerBytes = 1000
      #expect(limits == expected)
    }
  }
}

extension ProxyTests {
  @Suite("Message heads") struct TranslatorTests {
    private func request(_ head: HTTPRequestHead) throws -> String {
      var out = ByteBuffer()
      _ = try RequestTranslator(targetBytes: 100, trustForwarded: false, peer: "192.0.2.1").translate(head, into: &out)
      return String(buffer: out)
    }

    @Test("A request is written once, whatever Connection names and wherever it stands")
    func oneHop() throws {
      let head = HTTPRequestHead(
        version: .http1_1, method: .GET, uri: "/",
        headers: ["A": "1", "B": "2", "Host": "h", "Cookie": "c=d", "Connection": "b, host, cookie, content-length"])
      #expect(
        try request(head) == """
          GET / HTTP/1.1\r
          A: 1\r
          Cookie: c=d\r
          Host: h\r
          X-Forwarded-For: 192.0.2.1\r
          X-Forwarded-Proto: http\r
          X-Forwarded-Host: h\r
          Via: 1.1 slipway\r
          \r

          """)
    }

    @Test("A URL without a path asks for the root", arguments: [("http://h", "/"), ("http://h?q", "/?q"), ("HTTPS://h/p", "/p")])
    func absolute(uri: String, path: String) throws {
      #expect(try RequestTarget(uri, method: .GET, limit: 100) == RequestTarget("http://h\(path)", method: .GET, limit: 100))
      #expect(try RequestTarget(uri, method: .GET, limit: 100).path == path)
    }

    @Test("List members lose their white space, and empty ones are none")
    func members() { #expect(listMembers(" a ,\tb,, c\t") == ["a", "b", "c"]) }

    @Test(
      "Field names are known in any case, and near misses are not",
      arguments: [
        ("Host", HeaderKind.host), ("HOST", .host), ("Hos", .other), ("H0st", .other), ("content-LENGTH", .contentLength),
        ("Content_Length", .other), ("TE", .hop), ("Trailer", .hop), ("x-forwarded-for", .forwardedFor), ("Keep-Alive", .hop),
      ])
    func kinds(name: String, kind: HeaderKind) { #expect(HeaderKind(name) == kind) }
  }
}

extension ProxyTests {
  @Suite("Bookkeeping") struct BookkeepingTests {
    @Test("Health: unready after the threshold, ready after one success, since the first of a run")
    func health() {
      var state = HealthState()
      let (first, second) = (Timestamp(milliseconds: 1), Timestamp(milliseconds: 2))
      state.failed("GET / answered 404", threshold: 3)
      #expect(!state.isReady)
      state.succeeded(at: first)
      state.succeeded(at: second)
      #expect(state.isReady && state.readySince == first && state.consecutiveFailures == 0)
      state.failed("GET / answered 404", threshold: 3)
      state.failed("GET / answered 404", threshold: 3)
      #expect(state.isReady && state.readySince == first && state.consecutiveFailures == 2)
      state.failed("GET / answered 404", threshold: 3)
      #expect(!state.isReady && state.readySince == nil && state.consecutiveFailures == 3)
      #expect(state.lastFailure == "GET / answered 404")
      state.succeeded(at: second)
      #expect(state.isReady && state.readySince == second && state.consecutiveFailures == 0 && state.lastFailure == nil)
    }

    @Test("The ring keeps the newest intervals in order")
    func ring() {
      var ring = MetricRing(capacity: 3)
      let intervals = (0..<5).map { number in
        MetricInterval(
          start: Timestamp(milliseconds: Int64(number) * 1000), length: .seconds(1), blue: SlotFigures(requests: number),
          green: SlotFigures()
        )
      }
      #expect(ring.series(since: Timestamp(milliseconds: 0)).intervals == [])
      for interval in intervals { ring.append(interval) }
      #expect(ring.series(since: Timestamp(milliseconds: 0)).intervals == Array(intervals[2...]))
      #expect(ring.series(since: Timestamp(milliseconds: 4000)).intervals == [intervals[4]])
      #expect(ring.series(since: Timestamp(milliseconds: 5000)).intervals == [])
    }

    @Test("Changes take turns, also when one of them fails")
    func turns() async throws {
      struct Failure: Error {}
      let turn = Turn()
      let order = Order()
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<10 {
          group.addTask {
            do {
              try await turn.run {
                await order.enter()
                try await Task.sleep(for: .milliseconds(1))
                await order.leave()
                if number % 2 == 0 { throw Failure() }
              }
            } catch {}
          }
        }
      }
      #expect(await order.most == 1)
      #expect(await order.done == 10)
    }

    private actor Order {
      private var inside = 0
      var most = 0
      var done = 0
      func enter() {
        inside += 1
        most = max(most, inside)
      }
      func leave() {
        inside -= 1
        done += 1
      }
    }
  }
}
