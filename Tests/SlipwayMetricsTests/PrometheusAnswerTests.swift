import Foundation
import SlipwayModel
import TestServer
import Testing

@testable import SlipwayMetrics

/// What a real Prometheus can't be made to say.
@Suite("Answers of a Prometheus, and of what is none")
struct PrometheusAnswerTests {
  private static func spec(
    _ url: String, source: MetricSourceKind = .proxy, access: MetricAccess = MetricAccess(),
    timeout: TimeSpan = .milliseconds(1500)
  ) -> MetricsSpec {
    MetricsSpec(
      source: source,
      prometheus: PrometheusSpec(
        url: url, counts: source == .prometheus ? Fixture.counts : nil, readings: ["depth": "depth{}"], timeout: timeout,
        access: access))
  }

  private static let one = #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"7"]}]}}"#

  private func answered(
    access: MetricAccess = MetricAccess(), secrets: [String: String] = [:], timeout: TimeSpan = .milliseconds(1500),
    by reply: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply
  ) async throws -> (series: MetricSeries, requests: [ScriptedServer.Request]) {
    let server = try await ScriptedServer(reply)
    let sources = Fixture.sources(HandClock(Fixture.start), secrets: secrets)
    let result: Result<MetricSeries, any Error>
    do {
      result = .success(
        try await sources.read(Fixture.key, as: Self.spec(server.url, access: access, timeout: timeout), since: Fixture.start))
    } catch {
      result = .failure(error)
    }
    await sources.close()
    try await server.stop()
    return (try result.get(), server.requests)
  }

  @Test("A query is posted as a form with its instant, and with token and header fields that are read at that moment")
  func request() async throws {
    let (series, requests) = try await answered(
      access: MetricAccess(
        bearer: .variable("TOKEN"), headers: ["X-Scope-OrgID": "team a"], secretHeaders: ["X-Api-Key": "KEY"]),
      secrets: ["TOKEN": "secret-1\n", "KEY": "secret-2"]
    ) { _ in .answer(200, Self.one) }
    let request = try #require(requests.first)
    #expect(requests.count == 1 && request.method == "POST" && request.uri == "/api/v1/query")
    #expect(request.body == "query=depth%7B%7D&time=1795262400.000&timeout=1500ms")
    #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(request.headers["authorization"] == "Bearer secret-1")
    #expect(request.headers["x-scope-orgid"] == "team a" && request.headers["x-api-key"] == "secret-2")
    #expect(Fixture.instant("depth", .blue, in: series) == 7 && Fixture.instant("depth", .green, in: series) == 7)
  }

  @Test(
    "What can't be used says why, keeps the counts beside it, and is no data only where the source itself says so",
    arguments: [
      (200, "<html>", false, "does not speak Prometheus' HTTP API"), (200, #"{"status":"success"}"#, false, "does not speak"),
      (503, "<html>", false, "Prometheus answered 503"), (302, "", false, "Prometheus answered 302"),
      (422, #"{"status":"error","errorType":"execution","error":"too many samples"}"#, false, "Prometheus answered 422: too many samples"),
      (200, #"{"status":"error","errorType":"timeout","error":"query timed out"}"#, false, "an error: query timed out"),
      (200, vector(#""NaN""#), true, "is not a finite number"), (200, vector(#""+Inf""#), true, "is not a finite number"),
      (200, vector("7"), false, "does not speak"), (200, vector(#""seven""#), false, "does not speak"),
      (200, #"{"status":"success","data":{"resultType":"vector","result":[]}}"#, true, "has no data"),
    ])
  func unusable(status: Int, body: String, isNoData: Bool, words: String) async throws {
    let (series, _) = try await answered { _ in .answer(status, body, headers: ["location": "http://127.0.0.1:1/"]) }
    let silence = try #require(series.silence(about: "depth"))
    #expect(silence.isNoData == isNoData && silence.sentence.contains(words) && silence.source == .prometheus, "\(silence)")
    #expect(series.readings.isEmpty && series.intervals == [StandInProxy.interval])
  }

  static func vector(_ value: String) -> String {
    #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,\#(value)]}]}}"#
  }

  @Test("A source that does not answer, or stops in the middle, is given up in its time", arguments: [true, false])
  func hanging(isHalf: Bool) async throws {
    let began = ContinuousClock.now
    let (series, _) = try await answered(timeout: .milliseconds(300)) { _ in isHalf ? .half(Self.one) : .silence }
    #expect(ContinuousClock.now - began < .seconds(10))
    let silence = try #require(series.silence(about: "depth"))
    #expect(!silence.isNoData && silence.sentence.contains("has not answered within 300ms"))
  }

  @Test("Counts of a source that does not answer are no counts: the read fails, and says why")
  func silentCounts() async throws {
    let server = try await ScriptedServer { _ in .answer(500, "") }
    let sources = Fixture.sources(HandClock(Fixture.start))
    let error = await #expect(throws: SlipwayError.self) {
      _ = try await sources.read(Fixture.key, as: Self.spec(server.url, source: .prometheus), since: Fixture.start - .minutes(1))
    }
    #expect(error?.code.rawValue == "metrics-refused")
    let gone = await #expect(throws: SlipwayError.self) {
      _ = try await sources.read(Fixture.key, as: Self.spec("http://127.0.0.1:1", source: .prometheus), since: Fixture.start - .minutes(1))
    }
    #expect(gone?.code.rawValue == "metrics-unreachable")
    await sources.close()
    try await server.stop()
  }

  @Test("A source is asked once in its interval, and soon again when it did not answer")
  func polling() async throws {
    let server = try await ScriptedServer { _ in .answer(200, Self.one) }
    let clock = HandClock(Fixture.start)
    let sources = Fixture.sources(clock)
    for _ in 0..<12 {
      _ = try await sources.read(Fixture.key, as: Self.spec(server.url), since: Fixture.start)
      clock.advance(.seconds(1))
    }
    #expect(server.requests.count == 2)
    let refusing = try await ScriptedServer { _ in .answer(500, "") }
    for _ in 0..<3 {
      _ = try await sources.read(Fixture.key, as: Self.spec(refusing.url), since: Fixture.start)
      clock.advance(.seconds(1))
    }
    #expect(refusing.requests.count == 3)
    await sources.close()
    try await server.stop()
    try await refusing.stop()
  }

  // MARK: Native histograms

  @Test("Native histograms are counted by their buckets, their resets and their sums")
  func native() async throws {
    let start = Fixture.start.milliseconds / 1000
    func sample(_ second: Int64, _ count: Int, _ sum: Double, _ buckets: String) -> String {
      #"[\#(start + second),{"count":"\#(count)","sum":"\#(sum)","buckets":[\#(buckets)]}]"#
    }
    let histograms = [
      sample(-20, 4, 0.02, #"[0,"0.004","0.008","4"]"#), sample(-10, 10, 0.1, #"[0,"0.004","0.008","6"],[0,"0.016","0.032","4"]"#),
      sample(0, 3, 0.03, #"[0,"0.008","0.016","3"]"#),
    ].joined(separator: ",")
    let server = try await ScriptedServer { request in
      func matrix(_ series: String) -> ScriptedServer.Reply {
        .answer(200, #"{"status":"success","data":{"resultType":"matrix","result":[\#(series)]},"warnings":["one store is away"]}"#)
      }
      guard request.body.contains("slot%3D%22green%22"), !request.body.contains("code") else { return matrix("") }
      if request.body.contains("timestamp") {
        return matrix(#"{"metric":{},"values":[[\#(start - 20),"1"],[\#(start - 10),"2"],[\#(start),"3"]]}"#)
      }
      if request.body.contains("bucket") { return matrix(#"{"metric":{"slot":"green"},"histograms":[\#(histograms)]}"#) }
      if request.body.contains("sum") { return matrix("") }
      return matrix(#"{"metric":{"slot":"green"},"values":[[\#(start - 20),"4"],[\#(start - 10),"10"],[\#(start),"3"]]}"#)
    }
    let sources = Fixture.sources(HandClock(Fixture.start + .seconds(3)))
    let series = try await sources.read(Fixture.key, as: Self.spec(server.url, source: .prometheus), since: Fixture.start - .seconds(20))
    await sources.close()
    try await server.stop()
    #expect(series.intervals.map(\.green.requests) == [6, 3] && series.intervals.map(\.blue.requests) == [0, 0])
    #expect(series.intervals.map(\.green.latency.total) == [6, 3])
    #expect(series.intervals.map(\.green.latency.sumMicroseconds) == [80_000, 30_000])
    let slow = try #require(series.intervals.first).green.latency
    #expect(
      slow.counts.indices.filter { slow.counts[$0] > 0 }.allSatisfy {
        (4_000...36_864).contains(LatencyHistogram.upperBoundMicroseconds(ofBucket: $0))
      })
    #expect((20_000...36_864).contains(try #require(slow.quantileMicroseconds(0.9))))
  }
}
