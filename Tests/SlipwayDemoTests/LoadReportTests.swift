import Foundation
import SlipwayModel
import Testing

@testable import SlipwayDemo

@Suite("The report of a load")
struct LoadReportTests {
  @Test("Its JSON has one object with snake_case keys and latencies in milliseconds")
  func json() throws {
    var report = LoadReport()
    report.requests = 3
    report.transportFailures = [.noAnswer: 1]
    report.statuses = [200: 2]
    report.versions = ["v1": .init(answers: 2, serviceErrors: 0, firstSeconds: 0.5, lastSeconds: 1.5)]
    report.latency.record(microseconds: 1000)
    report.seconds = 2
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(report), as: UTF8.self)
    #expect(
      text
        == #"{"failed_requests":1,"failure_samples":[],"p50_ms":1.024,"p95_ms":1.024,"p99_ms":1.024,"proxy_failures":{},"requests":3,"#
        + #""seconds":2,"statuses":{"200":2},"transport_failures":{"no_answer":1},"uploads":{"bytes":0,"failed":0,"finished":0},"#
        + #""versions":{"v1":{"answers":2,"first_seconds":0.5,"last_seconds":1.5,"p50_ms":null,"p99_ms":null,"service_errors":0}},"#
        + #""websockets":{"dropped":0,"echoed":0,"failed_handshakes":0,"handshakes":0,"lost":0,"refused_handshakes":0,"resent":0,"sent":0}}"#
    )
  }

  @Test("The checksum is FNV-1a: the published value for foobar")
  func knownChecksum() {
    #expect(checksum(Array("foobar".utf8)) == "bf9cf968")
    #expect(checksum([]) == "811c9dc5")
  }
}
