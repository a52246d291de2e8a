import SlipwayConfig
import SlipwayModel
import Testing

@Suite("Durations, percentages, amounts and criteria as text")
struct ValueTests {
  @Test(
    "A duration is read with its unit, or as seconds without one",
    arguments: [
      ("300", 300_000), ("0", 0), ("1.5", 1500), ("250ms", 250), ("90s", 90_000), ("1.5h", 5_400_000), ("1m30s", 90_000),
      ("2d", 172_800_000),
      ("1h30m15s500ms", 5_415_500),
    ] as [(String, Int64)])
  func duration(text: String, milliseconds: Int64) {
    #expect(TimeSpan(text)?.milliseconds == milliseconds)
  }

  @Test(
    "What is not a duration is refused",
    arguments: [
      "", "s", "10 m", "5 minutes", "-1s", "1e3", "1h-5m", "1..5s", "٣s", "½h", "inf", "nan", "99999999h", "9999999999999999999999", "0x10",
      "1S",
    ])
  func noDuration(text: String) {
    #expect(TimeSpan(text) == nil)
  }

  @Test("A duration that is written down is read as the same duration")
  func durationRoundTrip() {
    var generator = SplitMix(seed: 1)
    for _ in 0..<2000 {
      let magnitude = Int64.random(in: 0...10, using: &generator)
      let span = TimeSpan(milliseconds: Int64.random(in: 0...(1 << (magnitude * 3)), using: &generator))
      #expect(TimeSpan(span.description) == span)
    }
  }

  @Test(
    "A percentage is read with or without its sign, exact to a hundredth",
    arguments: [("10", 1000), ("10%", 1000), ("10 %", 1000), ("2.5%", 250), ("0.05", 5), ("100%", 10_000), ("0", 0), ("007%", 700)])
  func percentage(text: String, basisPoints: Int) {
    #expect(Percentage(configuration: text)?.basisPoints == basisPoints)
  }

  @Test(
    "What is not a percentage is refused",
    arguments: ["", "%", "101%", "100.01%", "-1%", "1e1", "0.005%", "10%%", "ten", ".5", "5.", "1,5%", "٣%", "+5%"])
  func noPercentage(text: String) {
    #expect(Percentage(configuration: text) == nil)
  }

  @Test("Every percentage that is written down is read as the same percentage")
  func percentageRoundTrip() {
    for basisPoints in 0...10_000 {
      let share = Percentage(basisPoints: basisPoints)
      #expect(share.flatMap { Percentage(configuration: $0.description) } == share)
    }
  }

  @Test("An amount of replicas is a count or a share")
  func amounts() throws {
    #expect(ReplicaAmount(configuration: "2") == .count(2))
    #expect(ReplicaAmount(configuration: "0") == .count(0))
    #expect(ReplicaAmount(configuration: "25%") == .share(try #require(Percentage(basisPoints: 2500))))
    for text in ["", "1001", "-1", "1.5", "101%", "two", "10 replicas"] { #expect(ReplicaAmount(configuration: text) == nil) }
  }

  // MARK: Criteria

  @Test(
    "A criterion is read into its parts",
    arguments: [
      ("<1%", Metric.errorRate, CriterionRole.success, "error_rate < 1%"), ("<= 0.5 %", .errorRate, .success, "error_rate <= 0.5%"),
      ("<500ms", .responseTime, .success, "response_time < 500ms"), ("< 1m30s for 10m", .p99, .success, "p99 < 1m30s for 10m"),
      ("<= 2x baseline", .p95, .success, "p95 <= 2x baseline"), ("<=0.9x baseline", .p50, .success, "p50 <= 0.9x baseline"),
      (">5% for 2m", .errorRate, .trigger, "error_rate > 5% for 2m"),
      ("  >=  2.5x   baseline  for  3m ", .p90, .trigger, "p90 >= 2.5x baseline for 3m"),
      (">2s", .responseTime, .trigger, "response_time > 2s"), ("<500 ms", .p95, .success, "p95 < 500ms"),
      ("<= 2 x baseline", .p95, .success, "p95 <= 2x baseline"),
    ] as [(String, Metric, CriterionRole, String)])
  func criterion(text: String, metric: Metric, role: CriterionRole, expected: String) throws {
    #expect(try CriterionText.parse(text, metric: metric, role: role).description == expected)
  }

  @Test("A criterion that is written down is read as the same criterion")
  func criterionRoundTrip() throws {
    var generator = SplitMix(seed: 2)
    for _ in 0..<2000 {
      let role: CriterionRole = Bool.random(using: &generator) ? .success : .trigger
      let metric = try #require(Metric.counted.randomElement(using: &generator))
      let comparisons: [Comparison] = role == .success ? [.less, .lessOrEqual] : [.greater, .greaterOrEqual]
      let bound: Bound
      if Bool.random(using: &generator) {
        bound = .baseline(Double(Int.random(in: 10...1000, using: &generator)) / 10)
      } else if metric == .errorRate {
        bound = .percentage(try #require(Percentage(basisPoints: Int.random(in: 1...9999, using: &generator))))
      } else {
        bound = .time(.milliseconds(Int64.random(in: 1...3_600_000, using: &generator)))
      }
      let window: TimeSpan? = Bool.random(using: &generator) ? .milliseconds(Int64.random(in: 1000...86_400_000, using: &generator)) : nil
      let criterion = Criterion(
        metric: metric, comparison: try #require(comparisons.randomElement(using: &generator)), bound: bound, window: window)
      let text = criterion.description.dropFirst(metric.rawValue.count + 1)
      #expect(try CriterionText.parse(String(text), metric: metric, role: role) == criterion)
    }
  }

  @Test("A problem names the part of the text that it is about")
  func problemPlace() {
    #expect(throws: CriterionProblem.self) { try CriterionText.parse("<1% for soon", metric: .errorRate, role: .success) }
    do throws(CriterionProblem) {
      _ = try CriterionText.parse("<1% for soon", metric: .errorRate, role: .success)
    } catch {
      #expect([error.offset, error.length] == [8, 4])
    }
  }

  @Test("Criteria, strategies and amounts are one-key objects in JSON, and come back from it")
  func coding() throws {
    let share = try #require(Percentage(basisPoints: 2500))
    let stage = StageSpec(
      name: "a", traffic: share, duration: .seconds(1),
      criteria: [
        Criterion(metric: .p95, comparison: .less, bound: .time(.seconds(1)), window: .seconds(2)),
        Criterion(metric: .p95, comparison: .less, bound: .baseline(1.5)),
        Criterion(metric: .errorRate, comparison: .less, bound: .percentage(share)),
      ])
    for strategy: StrategySpec in [
      .canary(CanarySpec(stages: [stage])), .blueGreen(BlueGreenSpec()),
      .rolling(RollingSpec(maxSurge: .count(1), maxUnavailable: .share(share))),
    ] {
      #expect(try roundTrip(strategy) == strategy)
    }
  }
}

/// A small deterministic generator: SplitMix64 (Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
