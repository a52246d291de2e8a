import SlipwayModel

extension Rollout {
  /// How far the newest counts lag behind the present; see `MetricsSpec.lag`.
  var figuresLag: TimeSpan { plan.metrics?.lag ?? .zero }
  /// Length of the intervals that counts come in.
  var figuresResolution: TimeSpan { plan.metrics?.resolution ?? .seconds(1) }

  /// Judges a success criterion on a reading by the mean of what was read in its window, or in the step so far.
  ///
  /// Without any reading there is no evidence, however long it takes; a source that does not answer is broken. A reading has no
  /// counts by which chance could be told, so the figure as it is decides, and fails only at the end of the hold.
  func assess(_ criterion: Criterion, reading name: String, _ metrics: MetricSeries?, at now: Timestamp) -> Assessment {
    let subject = criterion.description
    let from = max(since, criterion.window.map { now - $0 } ?? since)
    switch summary(of: criterion, name, metrics, from: from, at: now) {
    case .failure(let missing): return open(subject, missing.verdict, missing.sentence)
    case .success(let figures):
      let isFull = criterion.window.map { now - since >= $0 } ?? true
      guard isFull else { return open(subject, .insufficient, "readings cover less than \(criterion.window ?? .zero)") }
      let verdict: Verdict = figures.isTrue ? .pass : .fail
      return figures.assessment(subject, verdict, failsNow: !figures.isTrue && now - since >= (step?.hold ?? .zero))
    }
  }

  /// Judges a trigger on a reading: the mean over its trailing window, all of which has to lie after the candidate first got
  /// traffic.
  func assess(trigger: Criterion, reading name: String, _ metrics: MetricSeries?, at now: Timestamp) -> Assessment {
    let subject = Self.triggerSubject + trigger.description
    let window = trigger.window ?? max(Self.readingWindow, plan.metrics?.interval(ofReading: name) ?? .zero)
    guard let exposedSince, now - exposedSince >= window else {
      return open(subject, metrics == nil ? .broken : .insufficient, "not yet exposed for \(window)")
    }
    switch summary(of: trigger, name, metrics, from: now - window, at: now) {
    case .failure(let missing): return open(subject, missing.verdict, missing.sentence)
    case .success(let figures): return figures.assessment(subject, figures.isTrue ? .fail : .pass, failsNow: figures.isTrue)
    }
  }

  /// What an interval of a criterion on a reading says: the mean of what was read in it decides.
  func intervalFinding(
    of subject: String, _ criterion: Criterion, reading name: String, _ metrics: MetricSeries, from: Timestamp, to: Timestamp
  ) -> Finding {
    switch summary(of: criterion, name, metrics, from: from, at: to - .milliseconds(1)) {
    case .failure(let missing): return open(subject, missing.verdict, missing.sentence).finding
    case .success(let figures):
      let isFailure = figures.isTrue == subject.hasPrefix(Self.triggerSubject)
      return figures.assessment(subject, isFailure ? .fail : .pass, failsNow: false).finding
    }
  }

  /// Readings come every ten seconds or so, so a trigger without a window of its own looks at a minute of them.
  static let readingWindow = TimeSpan.minutes(1)

  private func summary(
    of criterion: Criterion, _ name: String, _ metrics: MetricSeries?, from: Timestamp, at now: Timestamp
  ) -> Result<ReadingEvidence, MissingReading> {
    guard let metrics else { return .failure(MissingReading(verdict: .broken, sentence: "the metric source did not answer")) }
    if let silence = metrics.silence(about: name), !silence.isNoData {
      return .failure(MissingReading(verdict: .broken, sentence: silence.sentence))
    }
    guard let read = metrics.reading(name, of: candidateSlot, from: from, to: now) else {
      let why = metrics.silence(about: name)?.sentence ?? "nothing has been read"
      return .failure(MissingReading(verdict: .insufficient, sentence: why))
    }
    let limit: Double
    switch criterion.bound {
    case .percentage(let share): limit = share.ratio
    case .time(let time): limit = time.seconds
    case .number(let number): limit = number
    case .baseline(let factor):
      // Once the live slot has no traffic its readings say nothing about the work.
      guard let live = plan.live, weight < .hundred, let control = metrics.reading(name, of: live.slot, from: from, to: now) else {
        return .failure(MissingReading(verdict: .insufficient, sentence: "there is no reading of the live slot to compare with"))
      }
      limit = factor * control.mean
    }
    return .success(ReadingEvidence(criterion: criterion, read: read, limit: limit))
  }
}

/// Why there is no reading to judge by.
private struct MissingReading: Error {
  let verdict: Verdict
  let sentence: String
}

/// Readings beside their bound, in the reading's own unit.
private struct ReadingEvidence {
  let criterion: Criterion
  let read: ReadingSummary
  let limit: Double

  /// Whether the statement of the criterion is true of the mean.
  var isTrue: Bool {
    switch criterion.comparison {
    case .less: read.mean < limit
    case .lessOrEqual: read.mean <= limit
    case .greater: read.mean > limit
    case .greaterOrEqual: read.mean >= limit
    }
  }

  func assessment(_ subject: String, _ verdict: Verdict, failsNow: Bool) -> Assessment {
    let metric = criterion.metric
    let count = read.count == 1 ? "1 reading" : "the mean of \(read.count) readings"
    let sentence = "\(subject): \(metric.show(read.mean)) against \(metric.show(limit)), \(count)"
    return Assessment(
      Finding(subject: subject, verdict: verdict, value: read.mean, bound: limit, sentence: sentence),
      failure: failsNow ? Reason(metric.reasonCode, sentence) : nil)
  }
}
