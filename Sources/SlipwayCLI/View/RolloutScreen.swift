import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// The live view of one rollout: a pure function of what is known, redrawn at each change.
struct RolloutScreen {
  let view: RolloutView
  /// Gives the steps that are still to come; `nil` while it is not known.
  let plan: Plan?
  /// The newest entries, oldest first.
  let recent: [EntryView]
  /// The server's time.
  let now: Timestamp

  /// What a terminal with few lines does without, the last first. The title and the verdict always stay.
  private enum Rank: Int {
    case always, presentStep, timeLeft, traffic, figures, otherSteps, news, blank
  }

  /// - Parameter height: how many lines there may be at most; at least the title and the verdict are given.
  /// - Returns: lines of at most `width` characters, colour not counted.
  func render(width: Int, height: Int = .max, colour: Bool) -> [String] {
    let steps = StepRows(view: view, plan: plan, now: now)
    var lines: [(line: StyledLine, rank: Rank)] = [(headline, .always), (StyledLine(), .blank)]
    lines += steps.rows.enumerated().map { ($0.element, $0.offset == steps.position ? .presentStep : .otherSteps) }
    lines += zip(steps.gateRows, view.gates ?? []).map { ($0, $1.state == .asked ? .presentStep : .otherSteps) }
    lines += [(StyledLine(), .blank), (TrafficBar(slots: view.slots).line(width: width, colour: colour), .traffic), (StyledLine(), .blank)]
    lines += figures(width).map { ($0, .figures) }
    lines += view.slots.compactMap { slot in
      slot.notReadyBecause.map { (StyledLine("\(slot.slot.rawValue) is not ready: ", .dim).adding($0, .yellow), .presentStep) }
    }
    lines.append((StyledLine(), .blank))
    lines += verdict.enumerated().map { ($0.element, $0.offset == 0 ? .always : .timeLeft) }
    if let left = timeLeft { lines.append((StyledLine("time left  ", .dim).adding(left), .timeLeft)) }
    let news = recent.compactMap(EntryLine.line).suffix(3)
    if !news.isEmpty { lines.append((StyledLine(), .blank)) }
    lines += news.map { (StyledLine($0, .dim), .news) }
    while lines.count > height {
      let ranks = lines.map(\.rank.rawValue)
      guard let least = ranks.max(), least > Rank.always.rawValue, let place = ranks.lastIndex(of: least) else { break }
      lines.remove(at: place)
    }
    return lines.map { $0.line.rendered(width: width, colour: colour) }
  }

  private var headline: StyledLine {
    var line = StyledLine("\(view.service) in \(view.environment)", .bold)
    line.add("  \(view.previousVersion.map { "\($0) → " } ?? "")\(view.version)  \(view.strategy)")
    line.add("  \(view.id)", .dim)
    return line
  }

  /// Narrow terminals do without the roles.
  private func figures(_ width: Int) -> [StyledLine] {
    let roles = width < 66 ? 0 : 11
    let head =
      "slot".padded(18) + "role".padded(11).cut(roles, mark: "") + "replicas".leftPadded(8) + "req/s".leftPadded(9) + "errors".leftPadded(9)
      + "p95".leftPadded(10)
    return [StyledLine(head, .dim)]
      + view.slots.map { slot in
        let name = "\(slot.slot.rawValue) \(slot.version?.description ?? "–")"
        let failing = (slot.errorRate ?? 0) > 0
        return StyledLine(name.cut(17).padded(18), slot.slot.tone)
          .adding(role(of: slot).padded(11).cut(roles, mark: ""))
          .adding("\(slot.readyReplicas)/\(slot.desiredReplicas)".leftPadded(8))
          .adding(Figures.fixed(slot.requestsPerSecond, 1).leftPadded(9))
          .adding(Figures.share(slot.errorRate).leftPadded(9), failing ? .red : nil)
          .adding(Figures.latency(slot.p95Milliseconds).leftPadded(10))
      }
  }

  /// After promotion the candidate is what is live.
  private func role(of slot: RolloutView.SlotView) -> String {
    switch view.phase {
    case .baking, .succeeded: slot.role == "candidate" ? "live" : "previous"
    case .pending, .building, .deploying, .validating, .shifting, .rollingBack, .rolledBack, .failed: slot.role
    }
  }

  private var verdict: [StyledLine] {
    let label = StyledLine("verdict    ", .dim)
    if view.paused { return [label.adding("paused" + Outcome.because(view.pauseReason), .yellow)] }
    if let reason = view.reason { return [label.adding(reason.message, .red)] }
    guard !view.findings.isEmpty else { return [label.adding("nothing to judge yet")] }
    let open = view.findings.filter { $0.verdict != .pass }
    guard let first = open.first else { return [label.adding("pass", .green)] }
    return [label.adding(view.verdict.rawValue, view.verdict.tone).adding(": \(first.sentence)")]
      + open.dropFirst().prefix(3).map { StyledLine("           \($0.sentence)") }
  }

  /// What is at least to be waited for until promotion.
  private var timeLeft: String? {
    switch view.phase {
    case .shifting:
      guard let plan, let step = view.step else { return nil }
      let present = max(.zero, step.holdMilliseconds - step.heldMilliseconds)
      let later = plan.steps.dropFirst(step.index + 1).reduce(TimeSpan.zero) { $0 + $1.hold }
      return view.paused ? "none while it is paused" : "at least \(Figures.wait(present + later)) to promotion"
    case .baking:
      return view.warmUntil.map { "\(Figures.wait($0 - now)) in which `slipway rollback` goes back at once" }
    case .pending, .building, .deploying, .validating, .rollingBack, .succeeded, .rolledBack, .failed:
      return nil
    }
  }
}

extension Slot {
  var tone: Style.Tone {
    switch self {
    case .blue: .blue
    case .green: .green
    }
  }
}

extension Verdict {
  var tone: Style.Tone {
    switch self {
    case .pass: .green
    case .fail: .red
    case .insufficient: .yellow
    case .broken: .red
    }
  }
}
