import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// The steps of a rollout with a mark each: done, under way, still to come, or where it failed.
struct StepRows {
  let view: RolloutView
  let plan: Plan?
  let now: Timestamp

  private enum Mark {
    case done, active, open, failed
  }

  var rows: [StyledLine] {
    var rows = [row(stageMark(0), "release", releaseDetail), row(stageMark(1), "start", startDetail)]
    for (index, step) in (plan?.steps ?? []).enumerated() {
      rows.append(row(stageMark(index + 2), step.name, detail(of: step, at: index)))
    }
    if view.bakeMilliseconds > .zero { rows.append(row(stageMark(stepCount + 2), "bake", bakeDetail)) }
    if view.phase == .rollingBack { rows.append(row(.active, "going back", "")) }
    if view.phase == .rolledBack { rows.append(row(.done, "went back", "")) }
    return rows
  }

  /// The gates, in the order of asking.
  var gateRows: [StyledLine] {
    (view.gates ?? []).map { gate in
      let mark: Mark =
        switch gate.state {
        case .open: .open
        case .asked: .active
        case .passed: .done
        case .failed: .failed
        }
      let place =
        switch gate.before {
        case .deploy: "before the deployment"
        case .promotion: "before all traffic"
        }
      return row(mark, "gate", "\(gate.name), \(place)" + (gate.answer.map { ": \($0)" } ?? ""))
    }
  }

  private var stepCount: Int { plan?.steps.count ?? 0 }

  /// Which row is under way: 0 release, 1 start, then the steps, then the bake; one more than the last when all is done.
  var position: Int {
    switch view.phase {
    case .pending, .building: 0
    case .deploying, .validating: 1
    case .shifting: 2 + (view.step?.index ?? 0)
    case .baking: 2 + stepCount
    case .succeeded: 3 + stepCount
    case .rollingBack, .rolledBack, .failed: view.step.map { 2 + $0.index } ?? (view.artifact == nil ? 0 : 1)
    }
  }

  private func stageMark(_ index: Int) -> Mark {
    if index < position { return .done }
    if index > position { return .open }
    switch view.phase {
    case .rollingBack, .rolledBack, .failed: return .failed
    case .pending, .building, .deploying, .validating, .shifting, .baking, .succeeded: return .active
    }
  }

  private func row(_ mark: Mark, _ name: String, _ detail: String) -> StyledLine {
    let line =
      switch mark {
      case .done: StyledLine("  ✓ ", .green)
      case .active: StyledLine("  ● ", .yellow)
      case .open: StyledLine("  ○ ", .dim)
      case .failed: StyledLine("  ✗ ", .red)
      }
    return line.adding(name.cut(11).padded(12), mark == .active ? .bold : nil).adding(detail, mark == .open ? .dim : nil)
  }

  private var releaseDetail: String {
    view.artifact.map { "digest \($0.short)" } ?? (view.phase == .building ? "building and unpacking" : "")
  }

  private var startDetail: String {
    guard let candidate = view.slots.first(where: { $0.role == "candidate" }), position >= 1 else { return "" }
    if position > 1 { return "in \(candidate.slot.rawValue)" }
    return "\(candidate.readyReplicas) of \(candidate.desiredReplicas) replicas ready in \(candidate.slot.rawValue), no traffic"
  }

  private func detail(of step: PlanStep, at index: Int) -> String {
    let hold = step.hold > .zero ? "\(step.hold)" : ""
    guard view.phase == .shifting, let present = view.step, present.index == index else { return hold }
    return switch present.stage {
    case .scaling: "starting replicas"
    case .routing: "moving traffic"
    case .holding: "held \(Figures.wait(present.heldMilliseconds))" + (hold.isEmpty ? "" : " of \(hold)")
    }
  }

  private var bakeDetail: String {
    guard view.phase == .baking, let until = view.warmUntil else { return "\(view.bakeMilliseconds)" }
    return "promoted; the previous version stays warm until \(until.timeOfDay) UTC"
  }
}
