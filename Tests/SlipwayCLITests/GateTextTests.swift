import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import Testing

@testable import SlipwayCLI

@Suite("Gates in texts of the command line")
struct GateTextTests {
  private static let gates = [
    GateSpec(name: Name("freeze")!, means: .command(["./may-deploy.sh", "--strict"])),
    GateSpec(
      name: Name("load-test")!, before: .promotion, timeout: .minutes(30),
      means: .webhook(url: "https://qa.example.com/gates", access: MetricAccess(bearer: .variable("QA_TOKEN")))),
  ]

  private func started() throws -> RolloutStarted {
    let base = Samples.request()
    let request = DeployRequest(
      service: base.service, version: base.version, environment: base.environment.with(gates: Self.gates),
      configuration: base.configuration, folder: base.folder, reason: base.reason, actor: base.actor)
    let plan = try Plan.compile(request, live: Samples.live)
    return RolloutStarted(id: Samples.id, request: request, plan: plan, planDigest: plan.digest)
  }

  private func answer(_ outcome: String, _ words: String) throws -> Event {
    try Samples.event(
      "gate_answered",
      #"{"id":"0","gate":"freeze","before":"deploy","outcome":"\#(outcome)","words":"\#(words)","attempt":1,"took_ms":1200}"#)
  }

  @Test("A plan shows gates where they are asked")
  func plan() throws {
    let lines = PlanText(preview: PlanPreview(plan: try started().plan, basis: .journal)).lines(colour: false)
    let gates = lines.indices.filter { lines[$0].contains("  gate  ") }
    #expect(gates.count == 2)
    #expect(lines[gates[0]].hasSuffix("freeze: goes on once `./may-deploy.sh --strict` passes; asked for up to 5m"))
    #expect(lines[gates[0] + 1].contains("release"))
    #expect(lines[gates[1]].hasSuffix("load-test: goes on once https://qa.example.com/gates says so; asked for up to 30m"))
    #expect(lines[gates[1] + 1].contains("100%"))
  }

  @Test("The live view and the history say what is asked and what was answered")
  func view() throws {
    let start = try started()
    var rollout = Rollout(start, at: Samples.start)
    rollout.apply(try Samples.event("gates_started", #"{"before":"deploy","promoted_by_intent":false}"#), at: Samples.start)
    let pending = try answer("pending", "frozen until noon")
    rollout.apply(pending, at: Samples.start)
    let view = RolloutView(rollout, observation: nil, at: Samples.start)
    #expect(view.gates?.map(\.state) == [.asked, .open])
    let screen = RolloutScreen(view: view, plan: start.plan, recent: [], now: Samples.start).render(width: 120, colour: false)
    #expect(screen.contains("  ● gate        freeze, before the deployment: says not yet: frozen until noon"))
    #expect(screen.contains("  ○ gate        load-test, before all traffic"))
    #expect(pending.sentence(plan: start.plan) == "gate freeze says not yet: frozen until noon (after 1s200ms)")
    let asked = try Samples.event("gates_started", #"{"before":"promotion","promoted_by_intent":false,"step":1}"#)
    #expect(asked.sentence(plan: start.plan) == "asking gate load-test before the candidate gets all traffic")
    rollout.apply(try answer("passed", ""), at: Samples.start)
    #expect(RolloutView(rollout, observation: nil, at: Samples.start).gates?.map(\.state) == [.passed, .open])
  }

  @Test("A gate that said no is marked so")
  func failed() throws {
    var rollout = Rollout(try started(), at: Samples.start)
    rollout.apply(try Samples.event("gates_started", #"{"before":"deploy","promoted_by_intent":false}"#), at: Samples.start)
    rollout.apply(try answer("failed", "no"), at: Samples.start)
    rollout.apply(
      try Samples.event("rollback_started", #"{"reason":{"code":"gate-failed","message":"m"},"style":"immediate"}"#), at: Samples.start)
    let gates = RolloutView(rollout, observation: nil, at: Samples.start).gates
    #expect(gates?.map(\.state) == [.failed, .open] && gates?.first?.answer == "failed: no")
  }
}
