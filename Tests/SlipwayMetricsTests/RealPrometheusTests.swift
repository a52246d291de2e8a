import Foundation
import SlipwayModel
import Testing

@testable import SlipwayMetrics

@Suite("A real Prometheus that scrapes the real example service")
struct RealPrometheusTests {
  private func running(
    green switches: [String: String], _ body: (Prometheus, _ blue: AnswerService, _ green: AnswerService) async throws -> Void
  ) async throws {
    try await withFolder { folder in
      let blue = try await AnswerService.start()
      let green = try await AnswerService.start(switches)
      let prometheus = try await Prometheus.start(in: folder, targets: [("blue", blue.port), ("green", green.port)])
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(prometheus, blue, green)) } catch { outcome = .failure(error) }
      for program in [prometheus.program, blue.program, green.program] { await program.stop() }
      try outcome.get()
    }
  }

  private func metrics(_ prometheus: Prometheus, readings: [String: String] = [:]) -> MetricsSpec {
    MetricsSpec(
      source: .prometheus,
      prometheus: PrometheusSpec(
        url: "http://127.0.0.1:\(prometheus.port)", counts: Fixture.counts, readings: readings, interval: .seconds(1), delay: .seconds(1)))
  }

  private struct Sums: Equatable {
    var requests = 0
    var errors = 0
    var timed = 0
  }

  private func sums(_ series: MetricSeries) -> [Slot: Sums] {
    series.intervals.reduce(into: [.blue: Sums(), .green: Sums()]) { sums, interval in
      for slot in Slot.allCases {
        sums[slot]?.requests += interval[slot].requests
        sums[slot]?.errors += interval[slot].errors
        sums[slot]?.timed += interval[slot].latency.total
      }
    }
  }

  @Test("Every request that a client sent is in exactly one interval, also over a restart of a slot and of the reader")
  func counts() async throws {
    try await running(green: ["ERROR_PERCENT": "20", "LATENCY_MS": "8"]) { prometheus, blue, green in
      let spec = metrics(prometheus)
      let source = Fixture.sources()
      let began = WallClock().now()
      var series = MetricSeries(intervals: [])
      func read(_ source: MetricSources) async throws {
        series = series.continued(by: try await source.read(Fixture.key, as: spec, since: series.asOf ?? began), keeping: began)
      }
      try await eventually("both slots are scraped") {
        try await read(source)
        return series.intervals.count >= 2
      }
      let toBlue = try await blue.ask(300)
      let toGreen = try await green.ask(200)
      let failed = toGreen[500] ?? 0
      #expect(toBlue == [200: 300] && toGreen == [200: 200 - failed, 500: failed] && failed > 20)
      let first: [Slot: Sums] = [
        .blue: Sums(requests: 300, errors: 0, timed: 300), .green: Sums(requests: 200, errors: failed, timed: 200),
      ]
      try await eventually("the counts are in: \(first)") {
        try await read(source)
        return sums(series) == first
      }
      // The answers take 8 ms and a little, and a bucket of the service reaches from 5 to 10 ms.
      let green8 = series.figures(of: .green, from: began, to: WallClock().now()).latency
      #expect((5_000...11_000).contains(try #require(green8.quantileMicroseconds(0.5))))
      #expect((8_000...40_000).contains(try #require(green8.meanMicroseconds)))

      // The slot's process is replaced: its counters begin anew, and its series are away for a scrape or more.
      await green.program.stop()
      try await Task.sleep(for: .milliseconds(1200))
      let again = try await AnswerService.start(port: green.port, ["ERROR_PERCENT": "100"])
      let outcome: Result<Void, any Error>
      do {
        #expect(try await again.ask(30) == [500: 30])
        // Another reader goes on where the first one stopped.
        let other = Fixture.sources()
        let second: [Slot: Sums] = [.blue: first[.blue] ?? Sums(), .green: Sums(requests: 230, errors: failed + 30, timed: 230)]
        try await eventually("the counts after a restart: \(second)") {
          try await read(other)
          return sums(series) == second
        }
        await other.close()
        // And one that reads all of it at once sees the same.
        let whole = try await source.read(Fixture.key, as: spec, since: began)
        #expect(sums(whole) == second)
        outcome = .success(())
      } catch { outcome = .failure(error) }
      await again.program.stop()
      await source.close()
      try outcome.get()
      for (interval, next) in zip(series.intervals, series.intervals.dropFirst()) {
        #expect(interval.end <= next.start && interval.start.milliseconds % 1000 == 0 && interval.length >= .seconds(1))
      }
    }
  }

  @Test("A reading is one value of one slot; several series, none, NaN and a wrong query each say so")
  func readings() async throws {
    try await running(green: [:]) { prometheus, _, _ in
      let spec = metrics(
        prometheus,
        readings: [
          "in_flight": #"http_requests_in_flight{slot="{{slot}}"}"#, "several": #"http_requests_total{slot="{{slot}}"}"#,
          "missing": #"no_such_metric{slot="{{slot}}"}"#, "undefined": "vector(0) / 0", "wrong": "sum(", "shared": "scalar(vector(0.25))",
          "rate": #"sum(rate(http_requests_total{slot="{{slot}}"}[{{window}}]))"#,
          "histogram": #"http_requests_in_flight{slot="{{slot}}"}[5m]"#,
        ])
      let source = Fixture.sources()
      var series = MetricSeries(intervals: [])
      try await eventually("both slots are scraped") {
        series = try await source.read(Fixture.key, as: spec, since: WallClock().now())
        return Fixture.instant("rate", .green, in: series) != nil && Fixture.instant("in_flight", .blue, in: series) != nil
      }
      await source.close()
      #expect(Fixture.instant("in_flight", .blue, in: series) == 0 && Fixture.instant("in_flight", .green, in: series) == 0)
      #expect(Fixture.instant("shared", .blue, in: series) == 0.25 && Fixture.instant("shared", .green, in: series) == 0.25)
      #expect(Set(series.readings.map(\.name)) == ["in_flight", "shared", "rate"])
      func silence(_ name: String) throws -> MetricSilence { try #require(series.silence(about: name), "\(series.silences)") }
      let several = try silence("several")
      #expect(
        !several.isNoData
          && several.sentence.hasPrefix(
            "the query for `several` gives 2 series where one is needed; they differ in code (\"200\", \"500\")")
      )
      #expect(
        try silence("missing")
          == MetricSilence(source: .prometheus, names: ["missing"], sentence: try silence("missing").sentence, isNoData: true))
      #expect(try silence("missing").sentence.hasPrefix("Prometheus has no data for `missing` of "))
      #expect(
        try silence("undefined").isNoData && silence("undefined").sentence == "what Prometheus has for `undefined` is not a finite number")
      let wrong = try silence("wrong")
      #expect(!wrong.isNoData && wrong.sentence.hasPrefix("Prometheus answered 400: ") && wrong.sentence.contains("parse error"))
      #expect(try silence("histogram").sentence.hasPrefix("Prometheus answered with a matrix where an instant vector is needed"))
    }
  }

  @Test("With TLS and a password: the right ones are let in, wrong ones are refused, and no message holds a secret")
  func access() async throws {
    try await withFolder { folder in
      let openssl = try RunningProgram(
        try Prometheus.path(of: "openssl"),
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", "key.pem", "-out",
          "cert.pem", "-subj", "/CN=prometheus.test", "-addext", "subjectAltName=DNS:prometheus.test",
        ], folder: folder)
      #expect(await openssl.status() == 0, "\(openssl.log)")
      // The bcrypt hash of open-sesame.
      let web = """
        tls_server_config: { cert_file: cert.pem, key_file: key.pem }
        basic_auth_users: { slipway: "\(Self.hash)" }

        """
      let prometheus = try await Prometheus.start(in: folder, targets: [], web: web)
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await checkAccess(prometheus, folder)) } catch { outcome = .failure(error) }
      await prometheus.program.stop()
      try outcome.get()
    }
  }

  private static let hash = "$2b$04$abcdefghijklmnopqrstuuXcjcm5avyCiJoD2uS24xa2lb6fjMB3G"

  private func checkAccess(_ prometheus: Prometheus, _ folder: URL) async throws {
    try "open-sesame\n".write(to: folder.appending(path: "password"), atomically: true, encoding: .utf8)
    let source = Fixture.sources(secrets: ["RIGHT": "open-sesame", "WRONG": "open-barley"])
    func look(_ access: MetricAccess, host: String = "127.0.0.1") async throws -> MetricSeries {
      let spec = MetricsSpec(
        source: .proxy,
        prometheus: PrometheusSpec(url: "https://\(host):\(prometheus.port)", readings: ["one": "vector(1)"], access: access),
        folder: folder.path)
      return try await source.read(Fixture.key, as: spec, since: WallClock().now())
    }
    func access(_ basic: BasicAccess?, certificates: String? = "cert.pem", name: String? = "prometheus.test") -> MetricAccess {
      MetricAccess(basic: basic, certificates: certificates, serverName: name)
    }
    func basic(_ place: SecretPlace) -> BasicAccess { BasicAccess(username: "slipway", password: place) }
    for access in [
      access(basic(.variable("RIGHT"))), access(basic(.file("password")), certificates: folder.appending(path: "cert.pem").path),
    ] {
      let series = try await look(access)
      #expect(Fixture.instant("one", .green, in: series) == 1, "\(series.silences)")
    }
    for (access, words) in [
      (access(basic(.variable("WRONG"))), "Prometheus answered 401"), (access(nil), "Prometheus answered 401"),
      (access(basic(.variable("RIGHT")), certificates: nil), "can't be reached"),
      (access(basic(.variable("RIGHT")), name: "other.test"), "can't be reached"),
      (access(basic(.variable("RIGHT")), name: nil), "can't be reached"),
      (access(basic(.variable("MISSING"))), "the variable MISSING is not set"),
      (access(basic(.file("nowhere"))), "the file nowhere can't be read"),
      (access(basic(.variable("RIGHT")), certificates: "nothing.pem"), "the certificates in nothing.pem can't be read"),
      (access(basic(.variable("RIGHT")), certificates: "key.pem"), "holds no certificates"),
    ] {
      let series = try await look(access)
      let silence = series.silence(about: "one")
      let sentence = try #require(silence, "\(words): \(series.readings)").sentence
      #expect(sentence.contains(words) && !sentence.contains("open-") && series.readings.isEmpty, "\(sentence)")
    }
    await source.close()
  }
}
