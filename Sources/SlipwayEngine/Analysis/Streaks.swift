import SlipwayModel

extension Rollout {
  /// What is to be written down of criteria that count failures in a row: each interval that is over, one a turn for each criterion.
  ///
  /// The row is the fold of these entries, so that neither a crash nor figures that are no longer kept begin it anew.
  func streakIntervals(_ observation: Observation, at now: Timestamp) -> [Event] {
    guard let metrics = observation.metrics, let exposedSince else { return [] }
    var criteria: [(criterion: Criterion, subject: String, begin: Timestamp)] = []
    if phase == .shifting, stage == .holding {
      for criterion in step?.criteria ?? [] where criterion.streak != nil { criteria.append((criterion, criterion.description, since)) }
    }
    if phase == .shifting || phase == .baking && !isBakeOver {
      for trigger in plan.rollback.triggers where trigger.streak != nil {
        criteria.append((trigger, Self.triggerSubject + trigger.description, exposedSince))
      }
    }
    if criteria.isEmpty { return [] }
    // The same criterion twice is one row.
    var subjects: Set<String> = []
    return criteria.filter { subjects.insert($0.subject).inserted }.compactMap {
      judgedInterval(of: $0, $1, begin: $2, metrics, at: now).map(Event.intervalJudged)
    }
  }

  /// The next interval of a criterion; `nil` while it is not over, or its figures may still come.
  private func judgedInterval(
    of criterion: Criterion, _ subject: String, begin: Timestamp, _ metrics: MetricSeries, at now: Timestamp
  ) -> IntervalJudged? {
    guard let streak = criterion.streak else { return nil }
    let before = streaks[subject]
    let from = before.map { $0.from + $0.length } ?? Self.firstWholeSecond(after: begin)
    let next = criterion.metric.readingName.map { nextInterval(of: $0, metrics, from: from, length: streak.interval, at: now) }
    guard let length = next ?? nextBlock(metrics, from: from, length: streak.interval, at: now) else { return nil }
    let finding = intervalFinding(of: subject, criterion, metrics, from: from, to: from + length)
    return IntervalJudged(finding, from: from, length: length, limit: streak.failures, after: before)
  }

  /// As ``nextBlock(_:from:length:at:)`` for a reading, whose answers may take two seconds and don't wait for counts.
  private func nextInterval(
    of name: String, _ metrics: MetricSeries, from: Timestamp, length: TimeSpan, at now: Timestamp
  ) -> TimeSpan? {
    guard now >= from + length + Self.lag else { return nil }
    let next = metrics.readings.first { $0.at >= from && $0.name == name && $0.slot == candidateSlot }?.at ?? now - Self.lag
    return length * max(1, (next - from).milliseconds / length.milliseconds)
  }

  /// What an interval says on its own: its figure as it is. Chance is what the row is for.
  private func intervalFinding(
    of subject: String, _ criterion: Criterion, _ metrics: MetricSeries, from: Timestamp, to: Timestamp
  ) -> Finding {
    let length = to - from
    if let name = criterion.metric.readingName {
      return intervalFinding(of: subject, criterion, reading: name, metrics, from: from, to: to)
    }
    let countsOnly = criterion.metric.countsOnly
    let figures = metrics.figures(of: candidateSlot, from: from, to: to, countsOnly: countsOnly)
    func unjudged(_ why: String) -> Finding { open(subject, .insufficient, why, figures.requests).finding }
    guard length == criterion.streak?.interval, metrics.coverage(from: from, to: to) >= length - Self.lag else {
      return unjudged("figures of these \(length) are missing")
    }
    guard figures.requests >= Self.fewest else { return unjudged("\(Self.requests(figures.requests)) in \(length), too few to tell") }
    guard let evidence = Evidence.compare(figures, with: criterion, control: control(metrics, from: from, to: to, countsOnly: countsOnly))
    else {
      return unjudged("there is no figure of the live slot to compare with")
    }
    let isFailure = evidence.satisfies(criterion.comparison) == subject.hasPrefix(Self.triggerSubject)
    return closed(criterion, evidence, isFailure ? .fail : .pass, subject: subject).finding
  }

  /// Judges a criterion that counts failures in a row, by the intervals that are in the journal.
  ///
  /// Only an interval that passes ends a row, and only one that passes lets a step go on: one without figures does neither.
  func assess(
    _ streak: FailureStreak, of subject: String, _ criterion: Criterion, _ metrics: MetricSeries?, at now: Timestamp
  ) -> Assessment {
    let newest = streaks[subject]
    if let newest, newest.failures >= streak.failures {
      return result(newest, .fail, failure: Reason(criterion.metric.reasonCode, newest.sentence))
    }
    guard let metrics else { return open(subject, .broken, "the metric source did not answer") }
    guard let newest else { return open(subject, .insufficient, "no interval of \(streak.interval) is over yet") }
    switch newest.finding.verdict {
    case .fail, .insufficient: return result(newest, .insufficient)
    case .broken: return result(newest, .broken)
    case .pass:
      let isTrigger = subject.hasPrefix(Self.triggerSubject)
      let fewest = isTrigger || criterion.metric.readingName != nil ? 0 : step?.minimumRequests ?? 0
      let requests = fewest > 0 ? metrics.counts(of: candidateSlot, from: since, to: now).requests : 0
      guard requests >= fewest else {
        return open(subject, .insufficient, "\(requests) of at least \(Self.requests(fewest))", requests)
      }
      return result(newest, .pass)
    }
  }

  private func result(_ newest: IntervalJudged, _ verdict: Verdict, failure: Reason? = nil) -> Assessment {
    let own = newest.finding
    return Assessment(
      Finding(
        subject: newest.subject, verdict: verdict, value: own.value, bound: own.bound, requests: own.requests, chance: own.chance,
        sentence: newest.sentence),
      failure: failure)
  }
}
