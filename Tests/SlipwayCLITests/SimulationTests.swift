import ArgumentParser
import Foundation
import SlipwayConfig
import SlipwayModel
import SlipwaySimulation
import Testing

@testable import SlipwayCLI

@Suite("What a simulation tells")
struct SimulationTests {
  /// Short enough for tests, and blind enough for advice and a proposal.
  private static func experiment(seed: UInt64 = 7) throws -> Experiment {
    let error = Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: 1)!))
    let p95 = Criterion(metric: .p95, comparison: .lessOrEqual, bound: .baseline(1.5))
    let stages = [
      StageSpec(name: "10%", traffic: Percentage(percent: 10)!, duration: .seconds(10), criteria: [error], minimumRequests: 10),
      StageSpec(name: "<half> & more", traffic: Percentage(percent: 50)!, duration: .seconds(20), criteria: [error, p95]),
    ]
    let service = ServiceSpec(
      name: Name("api")!, artifact: "app", run: "./app", health: HealthSpec(minimumHealthyTime: .seconds(1)))
    let environment = EnvironmentSpec(
      name: Name("production")!, target: .local, listen: [:], replicas: 2, services: [service],
      strategy: .canary(CanarySpec(stages: stages, keepPrevious: .seconds(5))), rollback: RollbackSpec(), unsupported: ["approvals"])
    return try Experiment(environment, service: service, traffic: StatedTraffic(requestsPerSecond: 20), seed: seed)
  }

  private static func study(seed: UInt64 = 7, workers: Int) throws -> Study {
    let experiment = try experiment(seed: seed)
    let catalogue = Catalogue(plan: experiment.plan, traffic: experiment.traffic, faults: [.mixed]).trials
    let chosen = ["healthy", "errors_plus_1", "errors_plus_2", "slower_2", "broken", "broken_faults_mixed"]
    let own = Trial(
      id: "own", title: "<script>odd</script>", plural: "odd ones", release: ReleaseModel(), expectation: .either, excuse: "they are odd")
    return Study(
      project: Name("demo")!, experiment: experiment, trials: catalogue.filter { chosen.contains($0.id) } + [own], runs: 10,
      faults: ["mixed"], workers: workers)
  }

  private func json(_ report: PolicyReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
  }

  /// A report whose figures are made up, so that no change of the world changes how it looks.
  private static func report() throws -> PolicyReport {
    let study = try study(workers: 1)
    func results(_ experiment: Experiment, _ trials: [Trial], better: Bool) -> [TrialResult] {
      trials.enumerated().map { index, trial in
        let isBad = trial.release.errorRate > 0.005 || trial.release.latencyFactor > 1
        let runs = (0..<40).map { run in
          let promoted = !isBad || (!better && trial.release.errorRate < 0.03 && run % 5 < 2)
          let late = isBad && run % 10 == 9
          return TrialRun(
            outcome: promoted ? .promoted : late ? .takenBackInBake : .wentBack,
            decision: .milliseconds(Int64((isBad ? 9000 : 36_000) + run * 137 * (index + 1))),
            requests: RequestCounts(requests: 400, failed: isBad ? 4 + run % 9 : run % 2, slow: run % 4 + (index == 3 ? 30 : 0)),
            reason: promoted ? nil : run % 3 == 0 ? "guardrail" : "error-rate", looks: 50)
        }
        return TrialResult(trial, runs)
      }
    }
    let before = results(study.experiment, study.trials, better: false)
    let proposal = try #require(study.experiment.proposal)
    let compared = Experiment.compared(before)
    let after = results(study.experiment, compared.map(\.trial), better: true)
    return PolicyReport(
      project: study.project, experiment: study.experiment, faults: ["mixed"], results: before, runs: 40,
      proposal: CheckedProposal(proposal, rows: zip(compared, after).map { .init(before: $0, after: $1) }), violations: [], looks: 14_000)
  }

  @Test("Text, JSON document and page look as recorded")
  func snapshots() throws {
    let report = try Self.report()
    let text = SimulationText(report: report).lines(colour: false).joined(separator: "\n") + "\n"
    try Snapshot.expect(text, is: "simulation")
    try Snapshot.expect(try json(report), is: "simulation-json")
    try Snapshot.expect(HTMLReport(report: report).text, is: "simulation-html")
    let coloured = SimulationText(report: report).lines(colour: true).joined(separator: "\n")
    #expect(coloured.replacing(/\u{1b}\[\d+m/, with: "") + "\n" == text && coloured.contains("\u{1b}[31m✗"))
  }

  @Test("The same seed gives the same report, whatever number of threads does the work")
  func repeatable() async throws {
    let report = try await Self.study(workers: 2).report()
    let again = try await Self.study(workers: 1).report()
    #expect(again == report)
    #expect(try json(again) == json(report) && HTMLReport(report: again).text == HTMLReport(report: report).text)
  }

  @Test("The page needs nothing from elsewhere, escapes what users name, and is well-formed")
  func page() async throws {
    let page = HTMLReport(report: try await Self.study(seed: 8, workers: 2).report()).text
    for forbidden in ["<script", "http://", "https://", "url(", "@import", "<half>", " & "] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(page.contains("&lt;script&gt;odd&lt;/script&gt;") && page.contains("&lt;half&gt; &amp; more"))
    #expect(page.contains("prefers-color-scheme: dark") && page.contains("@media print"))
    // XML's parser finds what is not closed; HTML's own void elements are closed for it.
    let body = page.replacing("<!doctype html>", with: "").replacing(/<meta ([^>]*)>/, with: { "<meta \($0.output.1)/>" })
      .replacing("<br>", with: "<br/>")
    let parser = XMLCheck(body)
    #expect(parser.problem == nil, "\(parser.problem ?? "")")
  }

  @Test("The study stops when it is cancelled")
  func cancelled() async throws {
    let study = try Self.study(workers: 2)
    let result = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        do {
          _ = try await study.report()
          return false
        } catch { return error is CancellationError }
      }
      group.cancelAll()
      return await group.next()
    }
    #expect(result == true)
  }

  @Test("The default number of runs falls as plans get longer, and lies between 40 and 400")
  func budget() throws {
    #expect(RunBudget.runs(of: try Self.experiment(), trials: 10) == 400)
    #expect(RunBudget.runs(of: try Self.experiment(), trials: 100_000) == 40)
  }

  @Test("The progress bar fills up and counts down")
  func bar() {
    #expect(
      ProgressBar.line("simulating", done: 0, of: 8, secondsLeft: 9) == "simulating ░░░░░░░░░░░░░░░░░░░░░░░░ 0 %  0 of 8 runs  9 s left")
    #expect(
      ProgressBar.line("simulating", done: 3, of: 8, secondsLeft: 5) == "simulating █████████░░░░░░░░░░░░░░░ 37 %  3 of 8 runs  5 s left")
    #expect(ProgressBar.line("simulating", done: 8, of: 8, secondsLeft: 0).contains("████████████████████████ 100 %"))
  }

  @Test("Faults are named by kind, by family, all or none")
  func faults() {
    #expect(FaultList(argument: "none")?.groups == [])
    #expect(FaultList(argument: "all")?.groups.count == FaultKind.Family.allCases.count - 3)
    #expect(FaultList(argument: "crash, metrics-late,crash")?.groups.map(\.id) == ["crash", "metrics_late"])
    for wrong in ["", "crash,", "everything"] { #expect(FaultList(argument: wrong) == nil) }
  }

  @Test("Options win over the scenario file, and the file over the defaults")
  func traffic() throws {
    let file = ScenarioSpec.Traffic(requestsPerSecond: 5, p50: .milliseconds(80), errorRate: Percentage(percent: 1))
    let options = try TrafficOptions.parse(["--requests-per-second", "7.5"])
    let merged = try options.merged(over: file)
    #expect(
      merged == StatedTraffic(requestsPerSecond: 7.5, p50: .milliseconds(80), p95: .milliseconds(184), errorRate: 0.01, slowAfter: nil))
    #expect(try TrafficOptions.parse([]).merged(over: .none) == StatedTraffic())
    #expect(throws: SlipwayError.self) { try TrafficOptions.parse(["--p50", "1s", "--p95", "900ms"]).merged(over: .none) }
    for wrong in [["--requests-per-second", "0"], ["--p50", "20m"], ["--error-rate", "95%"], ["--p50", "fast"]] {
      #expect(throws: (any Error).self) { try TrafficOptions.parse(wrong) }
    }
  }

  @Test("A release of a scenario file becomes a kind of release with the same faults")
  func ownRelease() {
    let text = """
      releases:
        - { name: Slow query!, expect: go_back, latency_factor: 4, error_rate: 2%, traffic_factor: 0.5,
            late_fault: { after: 8m, error_rate: 20% }, leak: { errors_per_minute: 0.5%, latency_per_minute: 0.25 },
            cold_start: { length: 30s, latency_factor: 5 }, crash: { moment: before_bind, after: 1m, times: 2 }, metric_gaps: 20%,
            startup: 20s }
        - { name: silent, never_ready: true }
      """
    let releases = ScenarioFile(bytes: Array(text.utf8), file: "s.yaml").scenario?.releases ?? []
    let model = ReleaseModel(
      startup: .seconds(20), errorRate: 0.02, latencyFactor: 4, lateFault: .init(after: .minutes(8), errorRate: 0.2),
      leak: .init(errorsPerMinute: 0.005, latencyPerMinute: 0.25), coldStart: .init(length: .seconds(30), latencyFactor: 5),
      crash: .init(.beforeBind, after: .minutes(1), times: 2), metricGaps: 0.2)
    let trials = releases.map { $0.trial(errorRate: 0.001) }
    #expect(
      trials.first
        == Trial(
          id: "own_slow_query_", title: "Slow query!", plural: "releases of the kind 'Slow query!'", release: model, trafficFactor: 0.5,
          expectation: .goBack))
    #expect(trials.last?.release.startup == nil && trials.last?.release.errorRate == 0.001 && trials.last?.expectation == .either)
  }
}

/// Whether a text is well-formed XML.
private final class XMLCheck {
  let problem: String?

  init(_ text: String) {
    var open: [String] = []
    var found: String?
    for match in text.matches(of: /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|</) {
      guard let name = match.output.2.map(String.init) else {
        found = found ?? "a stray <"
        continue
      }
      if match.output.4 == "/" { continue }
      if match.output.1 == "/" {
        if open.popLast() != name { found = found ?? "</\(name)> closes nothing" }
      } else {
        open.append(name)
      }
    }
    problem = found ?? open.last.map { "<\($0)> is not closed" }
  }
}
