import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("A crash anywhere")
struct CrashPointTests {
  static let scenarios: [(String, Scenario)] = [
    ("canary", Bench.clear(.canary(CanarySpec(stages: stages([20, 60]), keepPrevious: .seconds(4), patience: .seconds(60))))),
    (
      "canary, gradual",
      Bench.clear(.canary(CanarySpec(stages: stages([20, 60]), keepPrevious: .seconds(4), patience: .seconds(60))), .gradual)
    ),
    ("blue-green", Bench.clear(.blueGreen(BlueGreenSpec(keepPrevious: .seconds(4), patience: .seconds(60))))),
    (
      "blue-green with steps",
      Bench.clear(.blueGreen(BlueGreenSpec(trafficShift: stages([50]), keepPrevious: .zero, patience: .seconds(60))))
    ),
    ("rolling", Bench.clear(.rolling(RollingSpec(interval: .seconds(2), bake: .seconds(4))))),
    (
      "rolling without surge",
      Bench.clear(.rolling(RollingSpec(maxSurge: .count(0), maxUnavailable: .count(1), interval: .seconds(2), bake: .zero)))
    ),
  ]

  private static func stages(_ shares: [Double]) -> [StageSpec] {
    shares.map { share in
      StageSpec(
        name: "\(Int(share))%", traffic: Percentage(percent: share)!, duration: .seconds(4),
        criteria: [Criterion(metric: .errorRate, comparison: .less, bound: .percentage(Percentage(percent: 10)!))])
    }
  }

  @Test("Whatever point a server is killed at, each rollout ends where it ends undisturbed", arguments: scenarios)
  func everyPoint(name: String, scenario: Scenario) async {
    let points = await SimulatedScheduler.run { scheduler in
      var points = CrashPoints(scenario)
      await points.run(on: scheduler)
      return points
    }
    #expect(points.differences == [])
    #expect(points.runs > 100)
  }
}
