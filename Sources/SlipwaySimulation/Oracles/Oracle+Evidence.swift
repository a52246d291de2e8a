import SlipwayEngine
import SlipwayModel

/// No step advances without the evidence for each of its gates, recomputed from the plan and the entries.
extension Oracle {
  mutating func takePass(_ value: StepPassed, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    guard let step = record.planned, record.place == .holding, value.index == record.step else { return expect(false, event, record) }
    expect(record.outstanding.isEmpty, event, record)
    record.next = value.index + 1
    let isIntended = turn.intent.map { ($0.kind == .promote || $0.kind == .promoteFully) && $0.planDigest == record.digest } ?? false
    if value.promotedByIntent, let promised = record.promised, turn.intent == nil {
      record.next = promised
      return sightings.see(.promotedOnceGatesPassed)
    }
    if value.promotedByIntent {
      expect(isIntended, event, record, "nobody promoted it")
      let last = record.plan.steps.count - 1
      if turn.intent?.kind == .promoteFully, value.index < last { record.next = last }
      sightings.see(turn.intent?.kind == .promoteFully ? .promotedFullyByHand : .promotedByHand)
      return
    }
    expect(record.pausedSince == nil, event, record, "it is paused")
    let spent = record.spent(at: turn.at)
    expect(spent >= step.hold, event, record, "held for \(spent) of \(step.hold)")
    expect(record.verdict == .pass, event, record, "the last verdict was \(record.verdict?.rawValue ?? "none")")
    expectPasses(step, value.findings, event, record, turn)
    sightings.see(spent <= step.hold + .seconds(2) ? .heldAsPlanned : .heldLonger)
  }

  private mutating func expectPasses(
    _ step: PlanStep, _ findings: [Finding], _ event: Event, _ record: RolloutRecord, _ turn: Turn
  ) {
    for finding in findings where finding.verdict == .fail || finding.verdict == .broken {
      expect(false, event, record, finding.sentence)
    }
    let ready = findings.first { $0.subject == "readiness" }
    expect(ready?.verdict == .pass, event, record, "readiness did not pass")
    if !(step.compared ?? []).isEmpty { expectNotWorse(findings, event, record) }
    if let score = step.score { expectScore(score, findings, event, record) }
    guard !step.criteria.isEmpty else { return }
    let series = isHonest ? turn.figures(record.since - .seconds(2)) : nil
    let shown = series?.figures(of: record.candidate, from: record.since - .seconds(2), to: turn.at)
    for criterion in step.criteria {
      let subject = criterion.description
      guard let finding = findings.first(where: { $0.subject == subject }) else {
        expect(false, event, record, "nothing was found about \(subject)")
        continue
      }
      // What counts failures in a row shows the figure of its newest interval; readings count nothing.
      let reading = criterion.metric.readingName
      let fewest = reading != nil ? 0 : criterion.streak == nil ? max(1, step.minimumRequests) : 1
      expect(finding.verdict == .pass && finding.requests >= fewest, event, record, finding.sentence)
      if criterion.streak != nil { expect(record.streaks[subject]?.finding.verdict == .pass, event, record, finding.sentence) }
      if let shown {
        expect(finding.requests <= shown.requests, event, record, "\(finding.requests) requests, the source had \(shown.requests)")
      }
      if let series, let reading,
        !series.readings.contains(where: { $0.name == reading && $0.slot == record.candidate && $0.at >= record.since })
      {
        expect(false, event, record, "\(subject) passed without a reading of the candidate")
      }
      if let value = finding.value, let bound = finding.bound, value.isFinite {
        expect(criterion.comparison.holds(value, bound), event, record, finding.sentence)
      } else {
        expect(false, event, record, "\(subject) passed without a figure")
      }
    }
  }

  /// A score passes by parts that are all decided, and hold by enough weight.
  private mutating func expectScore(_ score: ScoreSpec, _ findings: [Finding], _ event: Event, _ record: RolloutRecord) {
    let finding = findings.first { $0.subject == Rollout.scoreSubject }
    let parts = finding?.parts ?? []
    expect(parts.map(\.finding.subject) == score.parts.map(\.criterion.description), event, record, "the score lacks parts")
    expect(parts.allSatisfy { $0.finding.verdict == .pass || $0.finding.verdict == .fail }, event, record, "a part of the score is open")
    let (all, held) = (parts.reduce(0) { $0 + $1.weight }, parts.filter { $0.finding.verdict == .pass }.reduce(0) { $0 + $1.weight })
    expect(finding?.verdict == .pass && 100 * held + 1e-3 >= score.pass * all, event, record, finding?.sentence ?? "there is no score")
  }

  /// Intervals of a criterion follow each other, lie in the past, and are counted as they should be.
  mutating func takeInterval(_ value: IntervalJudged, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    let before = record.streaks[value.subject]
    if let before { expect(value.from == before.from + before.length, event, record, "the intervals do not follow each other") }
    let expected =
      switch value.finding.verdict {
      case .pass: 0
      case .fail: (before?.failures ?? 0) + 1
      case .insufficient, .broken: before?.failures ?? 0
      }
    expect(value.failures == expected, event, record, value.sentence)
    if isHonest {
      let end = value.from + value.length
      let shown = turn.figures(value.from).figures(of: record.candidate, from: value.from, to: end)
      expect(value.finding.requests <= shown.requests, event, record, "more requests than the source had")
    }
    record.streaks[value.subject] = value
    switch value.finding.verdict {
    case .pass: sightings.see(.intervalPass)
    case .fail: sightings.see(value.failures >= value.limit ? .intervalLimit : .intervalFail)
    case .insufficient, .broken: sightings.see(.intervalUnjudged)
    }
  }

  /// A step that compares is left only while nothing speaks against the candidate, by blocks of time that are in the journal.
  private mutating func expectNotWorse(_ findings: [Finding], _ event: Event, _ record: RolloutRecord) {
    let finding = findings.first { $0.subject == "not worse than stable" }
    expect(finding?.verdict == .pass, event, record, finding?.sentence ?? "nothing was found about the comparison")
    expect(record.evidence == .pass, event, record, "the newest evidence is \(record.evidence?.rawValue ?? "missing")")
    if let finding, finding.sentence.contains("shown to be no worse for") { sightings.see(.safeEarly) }
  }

  /// Blocks of time follow each other, lie in the past, and hold no more than the source had.
  mutating func takeMeasured(_ value: Measured, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    expect(record.place == .holding || record.place == .scaling, event, record)
    if isHonest {
      expect(value.from >= record.measuredUntil ?? value.from, event, record, "the block overlaps the one before")
      let end = value.from + value.length
      let shown = turn.figures(value.from).figures(of: record.candidate, from: value.from, to: end)
      expect(value.candidate.requests <= shown.requests, event, record, "more requests than the source had")
    }
    record.measuredUntil = value.from + value.length
    record.evidence = value.evidence?.verdict
    switch value.evidence?.verdict {
    case .pass: sightings.see(.comparisonPass)
    case .insufficient: sightings.see(.comparisonDoubt)
    case .fail: sightings.see(.comparisonFail)
    case .broken, nil: break
    }
  }

  mutating func takeBakeEnd(_ value: BakeEnded, _ event: Event, _ record: RolloutRecord, _ turn: Turn) {
    expect(record.place == .baking, event, record)
    switch value.cause {
    case .elapsed:
      expect(record.pausedSince == nil, event, record, "it is paused")
      let spent = record.spent(at: turn.at)
      expect(spent >= record.plan.bake, event, record, "baked for \(spent) of \(record.plan.bake)")
      expect(record.verdict == .pass, event, record, "the last verdict was \(record.verdict?.rawValue ?? "none")")
      expect(record.outstanding.isEmpty, event, record)
      sightings.see(spent <= record.plan.bake + .seconds(2) ? .bakedAsPlanned : .bakedLonger)
    case .promoted:
      expect(turn.intent.map { $0.kind == .promote || $0.kind == .promoteFully } ?? false, event, record, "nobody promoted it")
      sightings.see(.bakeEndedByHand)
    case .nextRelease: sightings.see(.bakeEndedByNextRelease)
    }
    record.live = 0
    record.enter(.ending, at: turn.at, record.plan.live.map { [.retire(slot: $0.slot)] } ?? [])
  }
}

extension Comparison {
  fileprivate func holds(_ value: Double, _ bound: Double) -> Bool {
    switch self {
    case .less: value < bound
    case .lessOrEqual: value <= bound
    case .greater: value > bound
    case .greaterOrEqual: value >= bound
    }
  }
}
