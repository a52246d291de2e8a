import SlipwaySimulation

/// Kayenta's NetflixACAJudge-v1.0 (commit a69573b) at the end of each step but the last, on one point per 10 s, since the start or,
/// as documented for long steps, of the step alone:
/// share of errors in percent and 95th percentile in ms, direction "increase", missing points removed. One metric that is High
/// leaves a score of 50, below the usual mark of 75. Fixed schedule; the control is all traffic of the live version.
struct Kayenta: Policy {
  private var schedule: FixedSchedule
  private var errors = KayentaSeries()
  private var latency = KayentaSeries()

  private let keepsPoints: Bool

  init(pointsPerStep: Int, keepsPoints: Bool) {
    schedule = FixedSchedule(length: pointsPerStep)
    self.keepsPoints = keepsPoints
  }

  var percent: Int { schedule.percent }

  mutating func observe(_ interval: Interval) -> Decision {
    schedule.pass()
    if interval.seesCanary {
      errors.addExperiment(interval.canary.errorShare * 100)
      latency.addExperiment(interval.canary.quantile(0.95))
    }
    if interval.seesBaseline {
      errors.addControl(interval.baseline.errorShare * 100)
      latency.addControl(interval.baseline.quantile(0.95))
    }
    guard schedule.elapsed.isMultiple(of: schedule.length), !schedule.isOver else { return schedule.decision }
    if errors.isHigh || latency.isHigh { return .rollBack }
    if !keepsPoints {
      errors = KayentaSeries()
      latency = KayentaSeries()
    }
    return .wait
  }
}

/// One metric of both sides.
struct KayentaSeries: Sendable {
  private(set) var experiment: [Double] = []
  private(set) var control: [Double] = []

  mutating func addExperiment(_ value: Double) { if !value.isNaN { experiment.append(value) } }
  mutating func addControl(_ value: Double) { if !value.isNaN { control.append(value) } }

  /// The judge's classification.
  var isHigh: Bool {
    guard let first = experiment.first, let other = control.first else { return false }
    var (x, y) = (experiment, control)
    let constant = (x.allSatisfy { $0 == first }, y.allSatisfy { $0 == other })
    if constant == (true, true) {
      if first == other { return false }
      var random = SimulationRandom(seed: 1, purpose: .people)
      x = x.map { $0 + random.normal() * 1e-5 * abs(first) }
      y = y.map { $0 + random.normal() * 1e-5 * abs(other) }
    } else if x.count == y.count, x.sorted() == y.sorted() {
      return false
    }
    let test = MannWhitney(experiment: x, control: y)
    let ratio = Self.mean(x) / Self.mean(y)
    if ratio < 1 { return false }
    let shift = test.shift()
    return shift.lower > 0.25 * abs(shift.estimate)
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
