import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// What is live where, as text.
enum StatusText {
  static func lines(_ status: StatusView, colour: Bool, none: String = NothingDeployed.sentence) -> [String] {
    guard !status.deployments.isEmpty else { return [none] }
    return Array(status.deployments.map { lines($0, at: status.at, Style(hasColour: colour)) }.joined(separator: [""]))
  }

  private static func lines(_ deployment: DeploymentView, at now: Timestamp, _ style: Style) -> [String] {
    let state = deployment.isUnserved ? "ought to be live, and is not served" : "is live"
    let live = deployment.liveVersion.map { "\($0) \(state)" } ?? "nothing is live"
    let place = (deployment.liveSlot.map { " in \($0.rawValue)" } ?? "") + (deployment.listen.map { ", at \($0)" } ?? "")
    var lines = [style("\(deployment.service) in \(deployment.environment)", .bold) + ": \(live)\(place)"]
    if let error = deployment.agentError { lines += ["  " + style(error.message, .red), "  remedy: \(error.remedy)"] }
    lines += table(deployment.slots).lines.map { "  " + $0 }
    if let rollout = deployment.activeRollout {
      lines.append("  rollout \(rollout.id) to \(rollout.version): " + progress(rollout, at: now))
    } else if let rollout = deployment.lastRollout {
      let end = rollout.finishedAt.map { ", \(Figures.wait(now - $0)) ago" } ?? ""
      let why = rollout.reason.map { ": \($0.message)" } ?? ""
      lines.append("  last rollout \(rollout.id) to \(rollout.version): \(rollout.phase.rawValue)\(end)\(why)")
    }
    if let lease = deployment.lease {
      lines.append("  held by \(lease.actor.name) for rollout \(lease.holder)" + Outcome.because(lease.reason))
    }
    for slot in deployment.slots {
      if let because = slot.notReadyBecause { lines.append("  \(slot.slot.rawValue) is not ready: \(because)") }
      guard let exit = slot.lastExit else { continue }
      let restarts = slot.restarts == 1 ? "1 restart" : "\(slot.restarts) restarts"
      lines.append("  \(slot.slot.rawValue): a process \(exit.predicate) at \(exit.at.timeOfDay) UTC, \(restarts)")
    }
    return lines
  }

  private static func table(_ slots: [SlotStatus]) -> Table {
    var table = Table("slot", "version", "traffic", "replicas", "req/s", "errors", "p95", "open")
    for slot in slots {
      table.add(
        slot.slot.rawValue, slot.version?.description ?? "–", slot.weight.description, "\(slot.readyReplicas)/\(slot.desiredReplicas)",
        slot.requestsPerSecond.map { Figures.fixed($0, 1) } ?? "–", Figures.share(slot.errorRate), Figures.latency(slot.p95Milliseconds),
        "\(slot.inFlight)")
    }
    return table
  }

  private static func progress(_ view: RolloutView, at now: Timestamp) -> String {
    let step = step(of: view)
    if view.paused { return "paused" + (step.map { " at \($0)" } ?? "") + Outcome.because(view.pauseReason) }
    if let reason = view.reason { return "\(view.phase.rawValue): \(reason.message)" }
    if let gate = view.gates?.first(where: { $0.state == .asked }) {
      return (step.map { "\($0), " } ?? "") + "asking gate \(gate.name)" + (gate.answer.map { ", which \($0)" } ?? "")
    }
    if let until = view.warmUntil { return "baking; the previous version stays warm for \(Figures.wait(until - now))" }
    return step ?? view.phase.rawValue
  }

  private static func step(of view: RolloutView) -> String? {
    guard view.phase == .shifting, let step = view.step else { return nil }
    let stage =
      switch step.stage {
      case .scaling: "starting replicas"
      case .routing: "moving traffic"
      case .holding: "held \(Figures.wait(step.heldMilliseconds)) of \(step.holdMilliseconds), verdict \(view.verdict.rawValue)"
      }
    return "step \(step.index + 1) of \(step.count) (\(step.name)), \(stage)"
  }
}

extension DeploymentView {
  /// Whether something ought to be served or is under way, and no agent answers, or its proxy can't listen.
  var isUnserved: Bool { agentError != nil && (liveVersion != nil || activeRollout != nil) }
}
