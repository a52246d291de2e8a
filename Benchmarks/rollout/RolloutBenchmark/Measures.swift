import Foundation
import SlipwayDemo
import SlipwayModel

/// One measured figure beside what it has to reach.
struct Measure {
  let name: String
  let value: String
  let target: String
  let isReached: Bool
}

/// Switches back and forth under full load, and counts what was lost.
func measureSwitches(_ bench: Bench, switches: Int, requests: Int) async throws -> [Measure] {
  try bench.configure("blue_green: { keep_previous: 0s }")
  try bench.makeRelease("s0")
  guard try await bench.deploy("s0") == 0 else { throw BenchError(text: "the first release could not be deployed") }
  var plan = LoadPlan(port: bench.port)
  plan.pace = .unlimited
  plan.connections = 64
  plan.webSockets = 8
  plan.slowUploads = 8
  plan.duration = .minutes(10)
  plan.requests = [.init("GET", "/v1/answers?q=x", weight: 3), .init("POST", "/v1/answers", body: #"{"question":"x"}"#, weight: 1)]
  let generator = LoadGenerator(plan)
  return try await withThrowingTaskGroup(of: LoadReport.self) { group in
    group.addTask { try await generator.run() }
    for number in 1...switches {
      try bench.makeRelease("s\(number)")
      let status = try await bench.deploy("s\(number)")
      guard status == 0 else {
        generator.stop()
        throw BenchError(text: "switch \(number) ended with exit status \(status)")
      }
      print("  switch \(number) of \(switches): \(generator.report.requests) requests, \(generator.report.failedRequests) failed")
    }
    while generator.report.requests < requests { try await Task.sleep(for: .seconds(1)) }
    generator.stop()
    guard let report = try await group.next() else { return [] }
    for sample in report.failureSamples { print("  failed: \(sample)") }
    return [
      Measure(
        name: "requests lost over \(switches) switches", value: "\(report.failedRequests) of \(report.requests)",
        target: "0 of at least \(requests)", isReached: report.failedRequests == 0 && report.requests >= requests),
      Measure(
        name: "websocket messages lost, uploads cut",
        value: "\(report.webSockets.lost), \(report.uploads.failed) of \(report.uploads.finished)",
        target: "0, 0", isReached: report.webSockets.lost == 0 && report.uploads.failed == 0),
    ]
  }
}

/// How long a candidate that fails everything keeps getting requests, with default settings.
func measureWithdrawal(_ bench: Bench, rounds: Int) async throws -> [Measure] {
  try bench.configure("canary: { stages: [ { traffic: 10%, duration: 10m } ] }")
  var plan = LoadPlan(port: bench.port)
  plan.pace = .perSecond(50)
  plan.connections = 8
  plan.duration = .minutes(5)
  plan.requests = [.init("GET", "/v1/answers?q=x")]
  let generator = LoadGenerator(plan)
  return try await withThrowingTaskGroup(of: LoadReport.self) { group in
    group.addTask { try await generator.run() }
    for round in 1...rounds {
      try bench.makeRelease("bad\(round)", ["ERROR_PERCENT": "100"])
      let status = try await bench.deploy("bad\(round)")
      guard status == 1 else {
        generator.stop()
        throw BenchError(text: "the failing release ended with exit status \(status)")
      }
    }
    generator.stop()
    guard let report = try await group.next() else { return [] }
    let times = (1...rounds).compactMap { report.versions["bad\($0)"] }.map { $0.lastSeconds - $0.firstSeconds }
    print("  seconds from the first to the last request of each: " + times.map { String(format: "%.2f", $0) }.joined(separator: " "))
    let answered = (1...rounds).map { report.answers(of: "bad\($0)") }
    print("  requests answered by each: \(answered)")
    let worst = times.max() ?? .infinity
    return [
      Measure(
        name: "withdrawal of a candidate that fails everything (50 requests/s, 10 %)",
        value: String(format: "%.2f s at worst of %d", worst, rounds),
        target: "3 s", isReached: worst <= 3)
    ]
  }
}

/// Start-up time of the program, and memory of the programs that stay.
func measureFootprint(_ bench: Bench) async throws -> [Measure] {
  var times: [Double] = []
  for _ in 0..<21 {
    let start = ContinuousClock.now
    try await bench.run(["--help"])
    times.append((ContinuousClock.now - start) / .milliseconds(1))
  }
  let median = times.sorted()[10]
  try await Task.sleep(for: .seconds(5))
  let serve = try bench.residentMegabytes(of: "serve") ?? .infinity
  let agent = try bench.residentMegabytes(of: "agent") ?? .infinity
  return [
    Measure(name: "slipway --help, median of 21", value: String(format: "%.0f ms", median), target: "50 ms", isReached: median < 50),
    Measure(name: "serve, resident, idle", value: String(format: "%.0f MiB", serve), target: "60 MB", isReached: serve * 1.048_576 < 60),
    Measure(name: "agent, resident, idle", value: String(format: "%.0f MiB", agent), target: "60 MB", isReached: agent * 1.048_576 < 60),
  ]
}

struct BenchError: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}
