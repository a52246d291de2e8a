import ArgumentParser
import Foundation
import SlipwayConfig
import SlipwayModel
import SlipwaySimulation

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Try an environment's policy on thousands of simulated good, bad and faulty releases.",
    discussion: """
      Runs the unchanged engine with the environment's own plan in a simulated world, and tells how often each kind of release is \
      promoted, how soon, and how many requests it hurts; what the policy can't do, and which numbers could. Changes nothing and \
      needs no server. The same seed gives the same output, byte for byte.

        slipway simulate --requests-per-second 5 --p50 80ms --p95 400ms
        slipway simulate --scenario traffic.yaml --html report.html
        slipway simulate --output json --check 5%

      Exit status: 0 done, 1 a release was treated wrongly more often than --check allows, 2 wrong input, 4 broken, 130 Ctrl-C.
      """)

  @OptionGroup var place: PlaceOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var traffic: TrafficOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp("A YAML file with the traffic and with releases of your own.", valueName: "path"),
    completion: .file(extensions: ["yaml"]))
  var scenario: String?

  @Option(help: "Runs of each kind of release, 10 to 100000. Default: as many as fit into well under a minute, 40 to 400.")
  var runs: Int?

  @Option(
    help: ArgumentHelp(
      "Faults of the infrastructure: none, all, or a list of kinds and families such as crash,metrics-late. Default: a mixture of all.",
      valueName: "list"), completion: .list(FaultList.words))
  var faults: FaultList?

  @Option(help: "Chooses the random numbers.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Write a report with charts to this file.", valueName: "path"), completion: .file(extensions: ["html"]))
  var html: String?

  @Option(
    help: ArgumentHelp("Exit with 1 when any kind of release is treated wrongly in more than this share of its runs.", valueName: "share"))
  var check: Percentage?

  func validate() throws {
    if let runs, !(10...100_000).contains(runs) { throw ValidationError("--runs takes 10 to 100000") }
    try traffic.validate()
  }

  func run() async throws {
    let file = try ProjectFile(place)
    let environment = try file.environment(selection.environment)
    let service = try file.service(selection.service, in: environment)
    let stated = try scenario.map { try ScenarioSource(path: $0) }
    if let report = stated?.report, !report.isEmpty { Output.note(report) }
    let experiment = try Experiment(
      environment, service: service, traffic: try traffic.merged(over: stated?.scenario.traffic ?? .none), seed: seed)
    let groups = faults?.groups ?? [.mixed]
    let trials =
      stated?.trials(for: experiment, faults: groups)
      ?? Catalogue(plan: experiment.plan, traffic: experiment.traffic, faults: groups).trials
    // Before anything long begins: a report that can't be written is of no use.
    if let html { try HTMLFile.check(html) }
    let runs = runs ?? RunBudget.runs(of: experiment, trials: trials.count)
    let study = Study(project: file.project.name, experiment: experiment, trials: trials, runs: runs, faults: groups.map(\.id))
    let found = try await Interruption.watch { try await study.report() }
    guard let report = found else {
      Output.note("interrupted; nothing was written")
      throw ExitCode(ExitStatus.interrupted)
    }
    try show(report)
  }

  private func show(_ report: PolicyReport) throws {
    if let html { try HTMLFile.write(HTMLReport(report: report).text, to: html) }
    if output.isJSON {
      try Output.json(report)
    } else {
      for line in SimulationText(report: report).lines(colour: Terminal.current().hasColour) { Output.line(line) }
      if let html { Output.line("\nreport: \(html)") }
    }
    for violation in report.violations.prefix(3) {
      Output.note("the engine broke one of its own rules; please report this: seed \(seed), \(violation)")
    }
    guard let check, report.worstShare > check.ratio, let worst = report.results.max(by: { $0.wrong < $1.wrong }) else { return }
    Output.note("check failed: \(worst.sentence), more wrong decisions than the \(check) that are allowed")
    throw ExitCode(ExitStatus.failed)
  }
}
