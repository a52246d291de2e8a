import Foundation
import RealSite
import SlipwayDemo

/// Release after release, blow after blow.
struct Campaign {
  let trouble: any Trouble
  let kind: TroubleKind
  let blows: Int
  let rate: Double
  let limit: Int
  private var generator: SeededGenerator

  init(kind: TroubleKind, blows: Int, generator: SeededGenerator, rate: Double, limit: Int) throws {
    self.kind = kind
    self.blows = blows
    self.rate = rate
    self.limit = limit
    self.generator = generator
    trouble =
      switch kind {
      case .kill: KillTrouble(command: "serve")
      case .agent: KillTrouble(command: "agent")
      case .freeze: FreezeTrouble()
      case .writes: WriteTrouble()
      case .disk: DiskTrouble()
      }
  }

  /// - Returns: what was found; problems are in it.
  /// - Throws: when the test itself can't go on.
  func run() async throws -> CrashReport {
    let site = try Site()
    try site.configureForCrashes()
    let generator = generator
    do {
      try await trouble.prepare(site)
      let report = try await underFire(site, generator)
      await stop(site)
      return report
    } catch {
      print(site.logs())
      await stop(site)
      throw error
    }
  }

  private func stop(_ site: Site) async {
    _ = try? await site.run("down", within: 60)
    site.killLeftovers()
    do { try await trouble.cleanUp(site) } catch { print("could not clean up: \(error)") }
    await site.remove()
  }

  private func underFire(_ site: Site, _ generator: SeededGenerator) async throws -> CrashReport {
    let first = CrashRelease(healthy: "v1")
    try site.make(first)
    let (process, output) = try site.begin(first)
    let deployed = try await Program.finish(process, output: output)
    guard deployed.status == 0 else { throw SiteError("v1 was not deployed: \(deployed.output)\(deployed.errors)") }
    let load = LoadGenerator(site.loadPlan(rate, seconds: Int64(limit)))
    return try await withThrowingTaskGroup(of: LoadReport?.self) { group in
      group.addTask { try await load.run() }
      defer { load.stop() }
      var report = try await Rounds(site: site, trouble: trouble, blows: blows, limit: limit).run(generator)
      load.stop()
      report.load = try await group.next().flatMap { $0 } ?? LoadReport()
      let failed = report.load.failedRequests(exceptErrorsOf: report.faulty)
      // The agent is what answers: while it is dead nobody can.
      if failed > 0 && kind != .agent { report.problems.append("\(failed) requests were lost: \(report.load.failureSamples)") }
      if report.load.requests == 0 { report.problems.append("there was no load") }
      return report
    }
  }
}
