import Foundation
import RealSite

/// One deployment after another, each with some blows, and what must be so after each.
struct Rounds {
  let site: Site
  let trouble: any Trouble
  let blows: Int
  let limit: Int

  func run(_ start: SeededGenerator) async throws -> CrashReport {
    var generator = start
    var report = CrashReport()
    var live = "v1"
    let began = ContinuousClock.now
    var number = 1
    while report.blows < blows {
      guard ContinuousClock.now - began < .seconds(limit) else {
        report.problems.append("only \(report.blows) of \(blows) blows within \(limit) s")
        break
      }
      number += 1
      let release = CrashRelease(number: number, &generator)
      if release.quality == .failing { report.faulty.insert(release.version) }
      try site.make(release)
      try await deploy(release, &generator, &report)
      live = try await judge(release, live: live, &report)
    }
    report.journalEntries = try await Checks(site: site).journal(&report.problems)
    report.seconds = Double((ContinuousClock.now - began).components.seconds)
    return report
  }

  /// Deploys until the rollout is over, with up to twelve blows on the way.
  private func deploy(_ release: CrashRelease, _ generator: inout SeededGenerator, _ report: inout CrashReport) async throws {
    for _ in 0..<20 {
      let (process, output) = try site.begin(release)
      var left = Int.random(in: 1...12, using: &generator)
      while left > 0 && report.blows < blows {
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...600, using: &generator)))
        guard process.isRunning else { break }
        try await trouble.strike(site, &generator)
        report.blows += 1
        left -= 1
        try await Checks(site: site).afterBlow(report.blows, &report.problems)
      }
      let finished = try await Program.finish(process, output: output, within: 90)
      let known = try await Checks(site: site).rollout(of: release.version)
      guard let known else {
        // The request never reached the journal: then nothing was begun, and whoever asked was told so.
        if finished.status == 0 || finished.status == 1 {
          report.problems.append(
            "\(release.version): deploy ended with \(finished.status), but the journal knows of no rollout: \(finished.output)\(finished.errors)"
          )
        }
        report.notBegun += 1
        continue
      }
      report.rollouts += 1
      if try await Checks(site: site).end(of: known) == nil { report.problems.append("\(release.version): rollout \(known) does not end") }
      return
    }
    report.problems.append("\(release.version) could not be deployed at all")
  }

  /// - Returns: the version that has to be live now.
  private func judge(_ release: CrashRelease, live: String, _ report: inout CrashReport) async throws -> String {
    let checks = Checks(site: site)
    guard let id = try await checks.rollout(of: release.version), let phase = try await checks.end(of: id) else { return live }
    var expected = live
    switch (release.quality, phase) {
    case (.healthy, "succeeded"):
      report.succeeded += 1
      expected = release.version
    case (.failing, "rolled_back"), (.neverReady, "rolled_back"), (.dying, "rolled_back"): report.wentBack += 1
    case (.healthy, _), (.failing, _), (.neverReady, _), (.dying, _):
      let reason = try await checks.reason(of: id)
      report.problems.append("\(release.version) (\(release.quality)) ended as \(phase): \(reason)")
      if phase == "succeeded" { expected = release.version }
    }
    try await checks.afterRollout(live: expected, &report.problems)
    return expected
  }
}
