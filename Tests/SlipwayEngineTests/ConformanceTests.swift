import SlipwayEngine
import SlipwayModel
import Testing

/// What other controllers make of replicas and weights, beside what is made of them here.
///
/// Argo Rollouts without a traffic router approximates a weight by replicas: 10 % of 4 replicas is 1 of 4, and users get 25 %. Here
/// the proxy divides requests, so a weight is what it says at any number of replicas, and a stage always has all its replicas. Only
/// a rolling replacement couples the two, and there the replicas lead and the weight follows them exactly.
@Suite("Conformance with other controllers' arithmetic")
struct ConformanceTests {
  /// Replicas, weight, and the canary and stable replicas that Argo Rollouts gives with a surge.
  static let approximations: [(replicas: Int, percent: Double, canary: Int, stable: Int)] = [
    (1, 1, 1, 1), (1, 50, 1, 1), (1, 99, 1, 1), (2, 5, 1, 2), (2, 50, 1, 1), (3, 10, 1, 3), (3, 75, 3, 1), (4, 33, 2, 3), (5, 25, 1, 4),
    (5, 90, 5, 1), (10, 1, 1, 10), (10, 25, 3, 8), (10, 99, 10, 1),
  ]

  @Test("A stage's weight is exact and its replicas complete, where replicas approximate the weight elsewhere", arguments: approximations)
  func stages(replicas: Int, percent: Double, canary: Int, stable: Int) throws {
    let step = try stage(replicas: replicas, percent: percent)
    #expect(step.weight.percent == percent)
    #expect(step.candidateReplicas == replicas && step.liveReplicas == replicas)
    // The approximation is never closer, and mostly is further off.
    let approximated = 100 * Double(canary) / Double(canary + stable)
    #expect(abs(step.weight.percent - percent) <= abs(approximated - percent))
  }

  @Test(
    "Weights at which rounding elsewhere leaves no canary at all keep all replicas here",
    arguments: [(2, 75.0), (5, 90), (10, 95), (25, 98), (50, 99)])
  func emptyCanary(replicas: Int, percent: Double) throws {
    let step = try stage(replicas: replicas, percent: percent)
    #expect(step.candidateReplicas == replicas && step.weight.percent == percent && step.liveReplicas == replicas)
  }

  @Test("Replicas and shares of a replacement never fall, and a slot has a replica exactly as long as it has a share")
  func monotone() {
    for replicas in 2...60 {
      for (surge, unavailable) in [(0, 1), (1, 0), (1, 1), (2, 1)] {
        let spec = RollingSpec(maxSurge: .count(surge), maxUnavailable: .count(unavailable))
        let steps = Plan.rollingSteps(spec, replicas: replicas, live: replicas)
        for (earlier, later) in zip(steps, steps.dropFirst()) {
          #expect(earlier.candidateReplicas < later.candidateReplicas && earlier.weight <= later.weight && earlier.weight > .zero)
          // Where replicas may be lacking, the last of them start when all traffic has moved already.
          #expect((earlier.liveReplicas == 0) == (earlier.weight == .hundred))
          #expect(later.candidateReplicas < replicas || earlier.weight < .hundred || unavailable > 0)
        }
      }
    }
  }

  @Test("As in Kubernetes, 25 % and 25 % of 4 start one and lack one; where both come to nothing one more is started, not one stopped")
  func kubernetes() {
    #expect(Plan.rollingSteps(RollingSpec(), replicas: 4, live: 4).first?.candidateReplicas == 1)
    #expect(Plan.rollingSteps(RollingSpec(), replicas: 4, live: 4).first?.liveReplicas == 2)
    // Kubernetes and Argo Rollouts stop one first when both are zero; a slot that is already short is not made shorter here.
    let none = RollingSpec(maxSurge: .share(.zero), maxUnavailable: .share(.zero))
    #expect(Plan.rollingSteps(none, replicas: 3, live: 3).map(\.candidateReplicas) == [1, 2, 3])
    #expect(Plan.rollingSteps(none, replicas: 3, live: 3).map(\.liveReplicasBefore) == [3, 2, 1])
    // One replica can't be lacking: it would be all of them.
    let all = RollingSpec(maxSurge: .count(0), maxUnavailable: .count(1))
    #expect(Plan.rollingSteps(all, replicas: 1, live: 1).map(\.liveReplicasBefore) == [1])
  }

  private func stage(replicas: Int, percent: Double) throws -> PlanStep {
    let stage = StageSpec(name: "stage", traffic: try #require(Percentage(percent: percent)), duration: .seconds(5))
    let request = Fixture.request(strategy: .canary(CanarySpec(stages: [stage])), replicas: replicas)
    return try #require(try Plan.compile(request, live: Fixture.live(replicas: replicas)).steps.first)
  }
}
