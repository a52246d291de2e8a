import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Plan")
struct PlanTests {
  @Test("The first release gets everything in one step and no bake, whatever the strategy")
  func firstRelease() throws {
    let request = Fixture.request(strategy: .canary(CanarySpec(stages: [Fixture.stage(10, 60)])))
    let plan = try Plan.compile(request, live: nil)
    #expect(
      plan.steps == [PlanStep(name: "100%", weight: .hundred, candidateReplicas: 2, liveReplicasBefore: 0, liveReplicas: 0, hold: .zero)])
    #expect(plan.bake == .zero)
    #expect(!plan.keepsPreviousWarm)
  }

  @Test("Stages become steps, a last one at 100 % is added, and the candidate takes the other slot")
  func stages() throws {
    let criterion = Fixture.errorRate(below: 1)
    let request = Fixture.request(strategy: .canary(CanarySpec(stages: [Fixture.stage(10, 60, [criterion])])))
    let plan = try Plan.compile(request, live: Fixture.live(slot: .green))
    #expect(plan.candidateSlot == .blue)
    #expect(
      plan.steps == [
        PlanStep(
          name: "10%", weight: Fixture.percent(10), candidateReplicas: 2, liveReplicasBefore: 2, liveReplicas: 2, hold: .minutes(1),
          criteria: [criterion], minimumRequests: 20),
        PlanStep(name: "100%", weight: .hundred, candidateReplicas: 2, liveReplicasBefore: 2, liveReplicas: 2, hold: .zero),
      ])
  }

  @Test("argo #4503, #2931: a gate that is written down and can't be honoured refuses the plan")
  func unsupported() {
    let base = Fixture.request(strategy: .blueGreen(BlueGreenSpec()))
    let environment = EnvironmentSpec(
      name: base.environment.name, target: .local, listen: [:], replicas: 1, services: base.environment.services,
      strategy: base.environment.strategy, rollback: RollbackSpec(), unsupported: ["approvals"])
    let request = DeployRequest(
      service: base.service, version: base.version, environment: environment, configuration: base.configuration, folder: "/",
      reason: "", actor: Fixture.person)
    #expect(throws: SlipwayError.self) { try Plan.compile(request, live: nil) }
  }

  @Test("Equal plans have equal digests, and any difference changes the digest")
  func digest() throws {
    let request = Fixture.request(strategy: .blueGreen(BlueGreenSpec()))
    let plan = try Plan.compile(request, live: Fixture.live())
    #expect(plan.digest == (try Plan.compile(request, live: Fixture.live())).digest)
    #expect(plan.digest != (try Plan.compile(request, live: Fixture.live(replicas: 3))).digest)
  }

  @Test("Rolling steps stay within surge and unavailability, never fall, and end at 100 %")
  func rollingProperty() {
    for replicas in 1...12 {
      for live in [1, 2, 3, 5, 12] {
        for surge in [0, 1, 3] {
          for unavailable in [0, 1, 4] {
            let spec = RollingSpec(maxSurge: .count(surge), maxUnavailable: .count(unavailable))
            checkRolling(Plan.rollingSteps(spec, replicas: replicas, live: live), spec, replicas, live)
          }
        }
      }
    }
  }

  private func checkRolling(_ steps: [PlanStep], _ spec: RollingSpec, _ replicas: Int, _ live: Int) {
    let unavailable = min(spec.maxUnavailable.count(of: replicas, rounded: .down), replicas - 1)
    let surge = max(spec.maxSurge.count(of: replicas, rounded: .up), unavailable == 0 ? 1 : 0)
    let context: Comment = "replicas \(replicas), live \(live), surge \(surge), unavailable \(unavailable): \(steps)"
    var (old, new, weight) = (live, 0, Percentage.zero)
    for step in steps {
      #expect(step.liveReplicasBefore <= old && step.liveReplicas <= step.liveReplicasBefore, context)
      #expect(step.candidateReplicas + step.liveReplicasBefore <= max(replicas, live) + surge, context)
      #expect(new + step.liveReplicasBefore >= min(live, replicas - unavailable), context)
      #expect(step.candidateReplicas + step.liveReplicas >= min(live, replicas - unavailable), context)
      #expect(step.candidateReplicas > new && step.weight >= weight && step.weight > .zero, context)
      #expect(step.liveReplicas > 0 || step.weight == .hundred, context)
      (old, new, weight) = (step.liveReplicas, step.candidateReplicas, step.weight)
    }
    #expect(new == replicas && old == 0 && weight == .hundred, context)
  }

  @Test("Shares of surge are rounded up and shares of unavailability down")
  func rounding() {
    let steps = Plan.rollingSteps(RollingSpec(), replicas: 4, live: 4)
    #expect(steps.map(\.candidateReplicas) == [1, 3, 4])
    #expect(steps.map(\.liveReplicas) == [2, 0, 0])
  }
}
