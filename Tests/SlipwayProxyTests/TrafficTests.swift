import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import SlipwayModel
import SlipwayProxy
import Testing

func named(_ name: String) async throws -> TestService { try await TestService.start { _, reply in reply.ok(name) } }

extension ProxyTests {
  @Suite("Traffic") struct TrafficTests {
    @Test("Without a split nobody gets traffic, and the answer says so")
    func none() async throws {
      let service = try await named("blue")
      try await withProxy(blue: [service], split: .none) { (fixture) async throws in
        let answer = try await fixture.get()
        #expect(answer.status == 503)
        #expect(answer.code == "no-release")
        #expect(answer.field("Retry-After") == "1")
      }
    }

    @Test("A client keeps its slot by the cookie that the proxy sets, and moves to the candidate only")
    func sticky() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      try await withProxy(blue: [blue], green: [green], split: .share(Percentage(percent: 50)!, to: .green)) { (fixture) async throws in
        var onGreen: Set<String> = []
        var cookies: [String] = []
        for _ in 0..<40 {
          let answer = try await fixture.get()
          let cookie = try #require(answer.cookie)
          #expect(answer.field("Set-Cookie") == "\(cookie); Path=/; HttpOnly; SameSite=Lax")
          cookies.append(cookie)
          if answer.body == "green" { onGreen.insert(cookie) }
          let again = try await fixture.get(fields: "Cookie: a=b; \(cookie); c=d\r\n")
          #expect(again.body == answer.body)
          #expect(again.cookie == nil)
        }
        #expect((5...35).contains(onGreen.count))
        for percent in [60.0, 80, 100] {
          try await fixture.proxy.apply(split: .share(Percentage(percent: percent)!, to: .green), sticky: true, for: testKey)
          var now: Set<String> = []
          for cookie in cookies where try await fixture.get(fields: "Cookie: \(cookie)\r\n").body == "green" { now.insert(cookie) }
          #expect(now.isSuperset(of: onGreen))
          onGreen = now
        }
        #expect(onGreen.count == 40)
      }
    }

    @Test("Without stickiness each request is drawn anew, and no cookie is set")
    func drawn() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      try await withProxy(blue: [blue], green: [green], split: .share(Percentage(percent: 50)!, to: .green), { $0.sticky = false }) {
        fixture in
        let client = try await fixture.connect()
        var answers: [TestAnswer] = []
        for _ in 0..<100 { answers.append(try await client.get("/")) }
        #expect((20...80).contains(answers.count { $0.body == "green" }))
        #expect(answers.allSatisfy { $0.cookie == nil })
      }
    }

    @Test("The first rule that matches decides, whatever the weights say")
    func rules() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      let rules = [
        RoutingRule(source: .header, name: "X-Tester", value: "no", slot: .blue),
        RoutingRule(source: .header, name: "x-tester", value: nil, slot: .green),
        RoutingRule(source: .cookie, name: "beta", value: "1", slot: .green),
      ]
      try await withProxy(blue: [blue], green: [green], split: .share(.zero, to: .green, rules: rules)) { (fixture) async throws in
        #expect(try await fixture.get().body == "blue")
        #expect(try await fixture.get(fields: "X-TESTER: yes\r\n").body == "green")
        #expect(try await fixture.get(fields: "X-Tester: no\r\nCookie: beta=1\r\n").body == "blue")
        #expect(try await fixture.get(fields: "Cookie: a=2; beta=1\r\n").body == "green")
        #expect(try await fixture.get(fields: "Cookie: beta=2; Beta=1\r\n").body == "blue")
      }
    }

    @Test("The slot is told only when the route says so")
    func exposed() async throws {
      let service = try await named("blue")
      try await withProxy(blue: [service]) { (fixture) async throws in #expect(try await fixture.get().field("X-Slipway-Slot") == nil) }
      let other = try await named("blue")
      try await withProxy(blue: [other], { $0.exposeSlot = true }) { (fixture) async throws in
        #expect(try await fixture.get().field("X-Slipway-Slot") == "blue")
      }
    }

    @Test("Equally busy endpoints take turns, and a busy one gets less")
    func balance() async throws {
      let held = NIOLockedValueBox<[TestService.Reply]>([])
      let slow = try await TestService.start { request, reply in
        if request.path == "/slow" { held.withLockedValue { $0.append(reply) } } else { reply.ok("slow") }
      }
      let quick = try await named("quick")
      try await withProxy(blue: [slow, quick]) { (fixture) async throws in
        let client = try await fixture.connect()
        for _ in 0..<10 { _ = try await client.get("/") }
        #expect(slow.requests.count == 5)
        #expect(quick.requests.count == 5)
      }
    }

    @Test("Twenty switches under load lose no request and no connection")
    func switching() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      try await withProxy(blue: [blue], green: [green]) { (fixture) async throws in
        let isOver = NIOLockedValueBox(false)
        let bodies = try await withThrowingTaskGroup(of: [String].self) { group in
          for number in 0..<16 {
            group.addTask {
              var bodies: [String] = []
              let client = try await fixture.connect()
              while !isOver.withLockedValue({ $0 }) {
                // Every fourth client opens a new connection each time.
                let answer = number % 4 == 0 ? try await fixture.get() : try await client.get("/")
                bodies.append(answer.status == 200 ? answer.body : "\(answer.status)")
              }
              return bodies
            }
          }
          for round in 0..<20 {
            try await fixture.proxy.apply(split: .all(to: round % 2 == 0 ? .green : .blue), sticky: true, for: testKey)
            try await Task.sleep(for: .milliseconds(25))
          }
          isOver.withLockedValue { $0 = true }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(bodies) == ["blue", "green"])
        #expect(bodies.count > 100)
      }
    }

    @Test("A split is in force on every event loop when the call returns")
    func atomic() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      try await withProxy(blue: [blue], green: [green]) { (fixture) async throws in
        var clients: [TestConnection] = []
        for _ in 0..<8 { clients.append(try await fixture.connect()) }
        for slot in [Slot.green, .blue, .green] {
          try await fixture.proxy.apply(split: .all(to: slot), sticky: true, for: testKey)
          #expect(try await fixture.status().split == .all(to: slot))
          for client in clients { #expect(try await client.get("/").body == slot.rawValue) }
        }
      }
    }

    @Test("A slot without a ready endpoint gets nothing: the other takes its share, unless that has none")
    func deadSlot() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      green.isHealthy.withLockedValue { $0 = false }
      try await withProxy(blue: [blue], green: [green], split: .share(Percentage(percent: 50)!, to: .green)) { (fixture) async throws in
        for _ in 0..<20 { #expect(try await fixture.get().body == "blue") }
        #expect(try await fixture.status().failovers > 0)
        #expect(green.requests.isEmpty)
        try await fixture.proxy.apply(split: .all(to: .green), sticky: true, for: testKey)
        let answer = try await fixture.get()
        #expect(answer.status == 503)
        #expect(answer.code == "no-ready-endpoint")
        #expect(answer.field("Retry-After") == "1")
        #expect(try await fixture.figures(of: .green, atLeast: 1).errors == 1)
      }
    }
  }
}

extension ProxyTests {
  @Suite("Mirroring") struct MirrorTests {
    private func split(_ percent: Double) -> TrafficSplit {
      TrafficSplit(green: .zero, mirror: Percentage(percent: percent)!, mirrorTo: .green)
    }

    @Test("The mirror slot gets a copy with its body and a mark, and its figures count it")
    func copies() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      try await withProxy(blue: [blue], green: [green], split: split(100)) { (fixture) async throws in
        let client = try await fixture.connect()
        try await client.send("POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        #expect(try await client.answer().body == "blue")
        try await eventually("the copy") { green.requests.count == 1 }
        let (original, copy) = (try #require(blue.requests.first), try #require(green.requests.first))
        #expect(copy.body == "abc")
        #expect(copy.headers["x-slipway-mirror"] == ["true"])
        #expect(original.headers["x-slipway-mirror"] == [])
        #expect(try await fixture.figures(of: .green, atLeast: 1).requests == 1)
        #expect(try await fixture.status().mirrored == 1)
      }
    }

    @Test("A mirror slot that hangs, fails or is too slow neither delays nor fails the request, and copies are bounded")
    func harmless() async throws {
      let blue = try await named("blue")
      let green = try await TestService.start { request, reply in if request.path == "/close" { reply.close() } }
      try await withProxy(blue: [blue], green: [green], split: split(100), oneLoop: true, { $0.limits.mirroredRequests = 1 }) {
        (fixture) async throws in
        #expect(try await fixture.get("/close").body == "blue")
        let client = try await fixture.connect()
        for _ in 0..<20 { #expect(try await client.get("/hang").body == "blue") }
        #expect(green.requests.count { $0.path == "/hang" } <= 1)
        #expect(try await fixture.figures(of: .blue, atLeast: 21).errors == 0)
      }
    }

    @Test("Only the asked share is copied")
    func share() async throws {
      let (blue, green) = (try await named("blue"), try await named("green"))
      try await withProxy(blue: [blue], green: [green], split: split(20)) { (fixture) async throws in
        let client = try await fixture.connect()
        for _ in 0..<200 { _ = try await client.get("/") }
        #expect((10...80).contains(try await fixture.status().mirrored))
      }
    }
  }
}
