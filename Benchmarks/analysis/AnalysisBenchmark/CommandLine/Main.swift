import ArgumentParser
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@main
struct AnalysisBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analysis-benchmark",
    abstract: "Judges good and bad releases by Slipway's evidence and by the rules of other tools, thousands of times.",
    subcommands: [Run.self, Cost.self], defaultSubcommand: Run.self)
}

/// The table of scenarios and policies.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run scenarios under policies and compare with the reference.")

  enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Option(help: "Runs of each scenario.") var runs = 2000
  @Option(help: "Runs of each scenario without a fault, under the policies that are judged.") var nullRuns = 5000
  @Option(help: "Scenarios whose name matches, such as 'err*/R50*' (several: separate them with commas).") var scenario = "*"
  @Option(help: "Policies whose name matches, such as 'seq*,flagger*'.") var policy = "*"
  @Option(help: "Start of all random numbers.") var seed: UInt64 = 1
  @Option(help: "Tasks at a time; the figures do not depend on it.") var jobs = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  @Option(help: "How to print: text (Markdown) or json.") var output = Output.text
  @Option(help: "The figures to compare with.") var reference = "Benchmarks/analysis/reference.json"
  @Flag(help: "Only the summary, no table.") var summary = false

  func run() async throws {
    let experiment = Experiment(
      scenarios: Catalogue.scenarios.filter { Pattern.matches($0.name, scenario) },
      policies: PolicyCatalogue.all.filter { Pattern.matches($0.name, policy) }, runs: runs,
      nullRuns: nullRuns, seed: seed, jobs: jobs)
    guard !experiment.scenarios.isEmpty, !experiment.policies.isEmpty else {
      throw ValidationError("No scenario or no policy has a name like that.")
    }
    let onTerminal = isatty(2) == 1
    let rows = await experiment.rows { done, all in
      if onTerminal { Self.show("\r\(done) of \(all) runs, \(done * 100 / all) %") }
    }
    if onTerminal { Self.show("\n") }
    let known = try ReferenceFigures(Data(contentsOf: URL(fileURLWithPath: reference)))
    let report = Report(rows: rows, reference: known)
    switch output {
    case .json: print(try report.json())
    case .text:
      if !summary { print(report.table) }
      print(report.summary)
    }
  }

  private static func show(_ text: String) {
    var bytes = Array(text.utf8)
    _ = write(2, &bytes, bytes.count)
  }
}

/// Names with `*` for anything, several separated by commas.
enum Pattern {
  static func matches(_ name: String, _ patterns: String) -> Bool {
    patterns.split(separator: ",").contains { fits(Substring(name), $0) }
  }

  private static func fits(_ name: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == "*" { return fits(name, pattern.dropFirst()) || (!name.isEmpty && fits(name.dropFirst(), pattern)) }
    return name.first == first && fits(name.dropFirst(), pattern.dropFirst())
  }
}
