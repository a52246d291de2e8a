import Logging
import NIOConcurrencyHelpers
import NIOPosix
import SlipwayModel
import SlipwayProxy
import Testing

extension ProxyTests {
  @Suite("Figures") struct MetricTests {
    @Test("Each second is an interval, without gaps, overlap or regard to a clock that is set back")
    func intervals() async throws {
      let start = systemTime()
      let calls = NIOLockedValueBox(0)
      // The clock jumps back by a day after a while.
      let proxy = ProxyServer(logger: .init(label: "proxy-test"), group: .singleton) {
        let call = calls.withLockedValue {
          $0 += 1
          return $0
        }
        return call > 4 ? systemTime() - .hours(24) : systemTime()
      }
      try await proxy.start()
      try await proxy.update(route: testRoute())
      try await eventually("five intervals") { proxy.metrics(testKey, since: start).intervals.count >= 5 }
      let intervals = proxy.metrics(testKey, since: start).intervals
      for (before, after) in zip(intervals, intervals.dropFirst()) { #expect(before.end == after.start) }
      #expect(intervals.allSatisfy { (500...5000).contains($0.length.milliseconds) })
      #expect(proxy.metrics(testKey, since: intervals[2].end).intervals.first?.start == intervals[3].start)
      await proxy.shutdown(within: .zero)
    }

    @Test("A client that leaves at once says nothing about the service, one that waited in vain does")
    func abandoned() async throws {
      let service = try await TestService.start { request, reply in if request.path == "/" { reply.ok("") } }
      try await withProxy(blue: [service]) { (fixture) async throws in
        let (hasty, patient) = (try await fixture.connect(), try await fixture.connect())
        try await hasty.send("GET /mute HTTP/1.1\r\nHost: t\r\n\r\n")
        try await patient.send("GET /mute HTTP/1.1\r\nHost: t\r\n\r\n")
        try await eventually("both") { service.requests.count == 2 }
        hasty.close()
        try await Task.sleep(for: .milliseconds(1100))
        patient.close()
        _ = try await fixture.get()
        let figures = try await fixture.figures(of: .blue, atLeast: 2)
        #expect(figures.requests == 2)
        #expect(figures.errors == 1)
        #expect(try await fixture.status().blue.inFlight == 0)
      }
    }
  }
}
