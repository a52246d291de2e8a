import Foundation
import NIOConcurrencyHelpers
import SlipwayModel
import TestServer
import Testing

@testable import SlipwayMetrics

@Suite("Documents from a URL or a command")
struct DocumentTests {
  private static func document(
    blue: (requests: Int, errors: Int)?, green: (requests: Int, errors: Int)?, at: Timestamp? = nil, more: String = ""
  ) -> String {
    func slot(_ name: String, _ counts: (requests: Int, errors: Int)?) -> String? {
      counts.map {
        #""\#(name)":{"requests":\#($0.requests),"errors":\#($0.errors),"latency":{"unit":"ms","buckets":[[10,\#($0.requests / 2)],[20,\#($0.requests)],[null,\#($0.requests)]],"sum":\#($0.requests * 10)}}"#
      }
    }
    let slots = [slot("blue", blue), slot("green", green)].compactMap { $0 }.joined(separator: ",")
    return "{" + (at.map { #""at":"\#($0)","# } ?? "") + more + #""slots":{\#(slots)}}"#
  }

  @Test("Totals are differenced between two looks: both slots cut at once, a gap merged, a restart counted anew, old documents left")
  func totals() async throws {
    let documents = NIOLockedValueBox([
      Self.document(blue: (100, 5), green: nil), Self.document(blue: (150, 6), green: (10, 0)), Self.document(blue: nil, green: (30, 2)),
      Self.document(blue: (210, 9), green: (4, 1)),
    ])
    let server = try await ScriptedServer { _ in
      documents.withLockedValue { $0.isEmpty ? .answer(500, "") : .answer(200, $0.removeFirst()) }
    }
    let clock = HandClock(Fixture.start)
    let sources = Fixture.sources(clock)
    let spec = MetricsSpec(source: .http, http: HTTPMetricsSpec(url: server.url + "/{{service}}/{{environment}}"))
    var series = MetricSeries(intervals: [])
    for _ in 0..<4 {
      series = series.continued(
        by: try await sources.read(Fixture.key, as: spec, since: series.asOf ?? Fixture.start - .hours(1)),
        keeping: Fixture.start - .hours(1))
      clock.advance(.seconds(10))
    }
    #expect(series.intervals.map(\.start) == [0, 10, 20].map { Fixture.start + .seconds($0) })
    #expect(series.intervals.allSatisfy { $0.length == .seconds(10) })
    #expect(series.intervals.map(\.blue.requests) == [50, 0, 60] && series.intervals.map(\.blue.errors) == [1, 0, 3])
    // Nobody knows since when the first ten of green count.
    #expect(series.intervals.map(\.green.requests) == [0, 20, 4] && series.intervals.map(\.green.errors) == [0, 2, 1])
    #expect(series.intervals.map(\.blue.latency.total) == [50, 0, 60])
    #expect(series.intervals[0].blue.latency.meanMicroseconds == 10_000)
    #expect(server.requests.map(\.uri) == Array(repeating: "/api/production", count: 4))
    let error = await #expect(throws: SlipwayError.self) { _ = try await sources.read(Fixture.key, as: spec, since: Fixture.start) }
    #expect(error?.code.rawValue == "metrics-refused")
    await sources.close()
    try await server.stop()
  }

  @Test("A source is asked in a rhythm that neither late nor early readers shift")
  func rhythm() async throws {
    let server = try await ScriptedServer { _ in .answer(200, Self.document(blue: (10, 0), green: (10, 0))) }
    let clock = HandClock(Fixture.start)
    let sources = Fixture.sources(clock)
    let spec = MetricsSpec(source: .http, http: HTTPMetricsSpec(url: server.url, interval: .seconds(10)))
    var asked: [Int64] = []
    var elapsed: Int64 = 0
    for instant: Int64 in [0, 9800, 9950, 10_900, 19_700, 20_600, 29_940, 39_900, 95_000, 104_000, 105_000] {
      clock.advance(.milliseconds(instant - elapsed))
      elapsed = instant
      let before = server.requests.count
      _ = try await sources.read(Fixture.key, as: spec, since: Fixture.start)
      if server.requests.count > before { asked.append(instant) }
    }
    #expect(asked == [0, 9950, 20_600, 29_940, 39_900, 95_000, 105_000])
    await sources.close()
    try await server.stop()
  }

  @Test("A document that says of when it is counts until then, and one that has not changed brings nothing")
  func stated() async throws {
    let server = try await ScriptedServer { _ in
      .answer(200, Self.document(blue: (10, 0), green: (10, 0), at: Fixture.start - .seconds(3)))
    }
    let clock = HandClock(Fixture.start)
    let sources = Fixture.sources(clock)
    let spec = MetricsSpec(source: .http, http: HTTPMetricsSpec(url: server.url, interval: .seconds(1)))
    for _ in 0..<3 {
      #expect(try await sources.read(Fixture.key, as: spec, since: Fixture.start - .hours(1)).intervals.isEmpty)
      clock.advance(.seconds(1))
    }
    #expect(server.requests.count == 3)
    await sources.close()
    try await server.stop()
  }

  @Test(
    "A document without the format says what is wrong with it",
    arguments: [
      ("no", "is not JSON"), ("{}", "has counts of neither slot"), (#"{"slots":{"blue":{"errors":1}}}"#, "`requests` of blue"),
      (#"{"slots":{"blue":{"requests":-1,"errors":0}}}"#, "`requests` of blue"),
      (#"{"slots":{"blue":{"requests":"1","errors":0}}}"#, "is a text, not a count"),
      (#"{"slots":{"blue":{"requests":1,"errors":0,"latency":{}}}}"#, "no list of `buckets`"),
      (#"{"slots":{"blue":{"requests":1,"errors":0,"latency":{"buckets":[[1]]}}}}"#, "is not [upper bound or null, count]"),
      (#"{"at":"yesterday","slots":{"blue":{"requests":1,"errors":0}}}"#, "`at` of what"),
    ])
  func malformed(document: String, words: String) async throws {
    let server = try await ScriptedServer { _ in .answer(200, document) }
    let sources = Fixture.sources(HandClock(Fixture.start))
    let spec = MetricsSpec(source: .http, http: HTTPMetricsSpec(url: server.url))
    let error = await #expect(throws: SlipwayError.self) { _ = try await sources.read(Fixture.key, as: spec, since: Fixture.start) }
    #expect(error?.code.rawValue == "metrics-answer" && error?.message.contains(words) == true, "\(String(describing: error))")
    await sources.close()
    try await server.stop()
  }

  @Test("Readings are found by JSON pointers, for each slot or for both; what is no number is no reading")
  func pointers() async throws {
    let server = try await ScriptedServer { _ in
      .answer(200, #"{"cpu":{"blue":0.5,"green":0.75},"a/b":[{"~":3}],"none":null,"text":"0.5"}"#)
    }
    let sources = Fixture.sources(HandClock(Fixture.start))
    let spec = MetricsSpec(
      source: .proxy,
      http: HTTPMetricsSpec(
        url: server.url,
        readings: [
          "cpu": "/cpu/{{slot}}", "odd": "/a~1b/0/~0", "none": "/none", "text": "/text", "far": "/cpu/blue/1", "index": "/a~1b/00",
        ]))
    let series = try await sources.read(Fixture.key, as: spec, since: Fixture.start)
    await sources.close()
    try await server.stop()
    #expect(Fixture.instant("cpu", .blue, in: series) == 0.5 && Fixture.instant("cpu", .green, in: series) == 0.75)
    #expect(Fixture.instant("odd", .blue, in: series) == 3 && Fixture.instant("odd", .green, in: series) == 3)
    #expect(Set(series.readings.map(\.name)) == ["cpu", "odd"])
    #expect(series.readings.allSatisfy { $0.at == Fixture.start })
    for name in ["none", "far", "index"] { #expect(series.silence(about: name)?.isNoData == true) }
    #expect(series.silence(about: "text")?.sentence == "`text` at /text is a text, not a number")
    #expect(series.silence(about: "text")?.isNoData == false)
    #expect(series.intervals == [StandInProxy.interval])
  }

  @Test("A URL that names the slot is asked for each")
  func perSlot() async throws {
    let server = try await ScriptedServer { .answer(200, $0.uri == "/api-blue" ? #"{"load":1}"# : #"{"load":2}"#) }
    let sources = Fixture.sources(HandClock(Fixture.start))
    let spec = MetricsSpec(source: .proxy, http: HTTPMetricsSpec(url: server.url + "/{{workload}}", readings: ["load": "/load"]))
    let series = try await sources.read(Fixture.key, as: spec, since: Fixture.start)
    await sources.close()
    try await server.stop()
    #expect(Fixture.instant("load", .blue, in: series) == 1 && Fixture.instant("load", .green, in: series) == 2)
    #expect(Set(server.requests.map(\.uri)) == ["/api-blue", "/api-green"])
  }

  // MARK: Commands

  private func command(_ script: String, _ arguments: [String] = [], timeout: TimeSpan = .milliseconds(1500)) async throws
    -> MetricSeries
  {
    try await withFolder { folder in
      let file = folder.appending(path: "figures.sh")
      try ("#!/bin/sh\n" + script).write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
      let sources = Fixture.sources(HandClock(Fixture.start))
      let spec = MetricsSpec(
        source: .proxy, command: CommandMetricsSpec(run: ["./figures.sh"] + arguments, readings: ["load": "/load"], timeout: timeout),
        folder: folder.path)
      let series = try await sources.read(Fixture.key, as: spec, since: Fixture.start)
      await sources.close()
      return series
    }
  }

  @Test("A command runs in the project's folder, without a shell between, and prints the document")
  func runs() async throws {
    let series = try await command(
      #"test -f figures.sh && printf '{"load": %s, "words": "%s"}' "$#" "$1""#, ["{{service}} {{environment}}; exit 1", "x"])
    #expect(Fixture.instant("load", .blue, in: series) == 2 && Fixture.instant("load", .green, in: series) == 2)
  }

  @Test(
    "A command that fails, prints nothing or goes on too long says so; what it says on standard error is in no message",
    arguments: [
      ("echo secret >&2; exit 3", "ended with exit status 3"), ("kill -9 $$", "ended with signal 9"), ("exit 0", "is not JSON"),
      ("head -c 1100000 /dev/zero", "more than 1 MiB"), ("sleep 20 & sleep 20", "has not ended within 500ms"),
    ])
  func fails(script: String, words: String) async throws {
    let began = ContinuousClock.now
    let series = try await command(script, timeout: .milliseconds(500))
    let silence = try #require(series.silence(about: "load"))
    #expect(!silence.isNoData && silence.sentence.contains(words) && !silence.sentence.contains("secret"), "\(silence.sentence)")
    #expect(ContinuousClock.now - began < .seconds(2))
  }

  @Test("A command that is not there is named")
  func missing() async throws {
    let sources = Fixture.sources(HandClock(Fixture.start))
    let spec = MetricsSpec(source: .proxy, command: CommandMetricsSpec(run: ["./nowhere.sh"], readings: ["load": "/load"]), folder: "/")
    let series = try await sources.read(Fixture.key, as: spec, since: Fixture.start)
    await sources.close()
    #expect(series.silence(about: "load")?.sentence == "./nowhere.sh can't be started in /: No such file or directory")
  }
}
