import Testing

@testable import AnalysisBenchmark

@Suite("Policies of other tools, as the analysis imitates them")
struct IncumbentTests {
  /// Ten seconds with these counts; all latencies fall into the bucket up to 113 ms unless the canary is slow.
  private func interval(errors: Int = 0, of requests: Int = 100, slow: Bool = false, gap: Gap = .none) -> Interval {
    var interval = Interval(percent: 5, gap: gap)
    interval.canary.requests = requests
    interval.canary.errors = errors
    interval.canary.histogram[slow ? 20 : 10] = requests
    interval.baseline.requests = 1000
    interval.baseline.histogram[10] = 1000
    return interval
  }

  /// Seconds until the policy decides, always seeing the same.
  private func decision(_ name: String, _ interval: Interval) throws -> (Decision, Int) {
    let named = try #require(PolicyCatalogue.all.first { $0.name == name })
    let reference = Reference(requestsPerSecond: 50, blocks: [], histogram: [])
    var policy = named.make(reference)
    for number in 1...300 {
      let decision = policy.observe(interval)
      if decision != .wait { return (decision, number * 10) }
    }
    return (.wait, 0)
  }

  @Test(
    "A release that fails every request is rolled back when the tool's settings say so",
    arguments: [
      ("seed", 130), ("flagger60", 360), ("flagger30", 180), ("flagger10x2", 30), ("argo95_fl3", 240), ("argo99_fl0", 60),
      ("kayenta_step", 60), ("naive_z1%", 10), ("msprt1%", 10),
    ])
  func broken(name: String, seconds: Int) throws {
    #expect(try decision(name, interval(errors: 100)) == (.rollBack, seconds))
  }

  @Test(
    "A good release is promoted after the last step",
    arguments: [
      ("seed", 300), ("flagger60", 300), ("flagger30", 150), ("flagger10x2", 50), ("argo95_fl3", 300), ("kayenta_step", 300),
      ("kayenta_rec", 2500), ("naive_z1%", 300), ("msprt1%", 300),
    ])
  func good(name: String, seconds: Int) throws {
    #expect(try decision(name, interval()) == (.promote, seconds))
  }

  @Test("Alerts on slowness need three minutes and compare with the live version")
  func slow() throws {
    #expect(try decision("seed", interval(slow: true)) == (.rollBack, 190))
  }

  @Test("Missing figures count against the canary in Flagger and Argo, not in alerts or Kayenta")
  func missing() throws {
    #expect(try decision("flagger60", interval(gap: .both)) == (.rollBack, 360))
    #expect(try decision("argo99_fl3", interval(gap: .canary)) == (.rollBack, 240))
    #expect(try decision("seed", interval(gap: .canary)) == (.promote, 300))
    #expect(try decision("kayenta_step", interval(gap: .canary)) == (.promote, 300))
  }

  @Test("Flagger remembers failures for ever: five single ones are enough")
  func cumulative() {
    var policy = Flagger(every: 1, threshold: 5, window: 1)
    var decisions: [Decision] = []
    for number in 0..<11 { decisions.append(policy.observe(interval(errors: number.isMultiple(of: 2) ? 50 : 0))) }
    #expect(decisions.last == .promote || decisions.contains(.rollBack))
    var failing = Flagger(every: 1, threshold: 5, window: 1)
    #expect((0..<6).map { _ in failing.observe(interval(errors: 50)) } == [.wait, .wait, .wait, .wait, .wait, .rollBack])
  }
}
