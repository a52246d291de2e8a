import SlipwayModel

/// Reads the stages of a canary or the steps of a traffic shift: shares rise, and the last is 100 %.
struct StageReader {
  let sink: DiagnosticSink
  /// For stages that state no `min_requests`.
  let minimumRequests: Int

  private static let shares = ["traffic", "traffic_percentage", "percentage"]

  func read(_ items: [Node]) -> [StageSpec] {
    var stages: [StageSpec] = []
    var names: [String: Place] = [:]
    for item in items where item.entries != nil {
      let view = View(item)
      guard let share = share(of: view, at: item.place) else { continue }
      let isRising = checkOrder(share, after: stages.last?.traffic)
      let criteria = criteria(of: view)
      let comparison = ComparisonReader(sink: sink)
      let compared = comparison.compared(of: view, share: share.value)
      let score = ScoreReader(sink: sink).read(view.view("success_criteria"))
      let duration = duration(
        of: view, share: share.value, isJudged: !criteria.isEmpty || compared != nil || score != nil, at: item.place)
      let advance = comparison.advance(of: view, duration: duration, compares: compared != nil)
      checkWindows(of: view, duration: duration)
      let name = view.text("name") ?? share.value.description
      if isRising { checkName(name, of: view, at: share.place, known: &names) }
      if share.value == .hundred { checkBaseline(of: view) }
      stages.append(
        StageSpec(
          name: name, traffic: share.value, duration: duration, criteria: criteria,
          minimumRequests: view.integer("min_requests") ?? minimumRequests, compared: compared, advance: advance,
          score: score))
    }
    if let last = stages.last, last.traffic != .hundred {
      stages.append(StageSpec(name: Percentage.hundred.description, traffic: .hundred, duration: .zero, minimumRequests: minimumRequests))
    }
    return stages
  }

  // MARK: Share

  private func share(of view: View, at place: Place) -> (value: Percentage, place: Place, shown: String)? {
    let given = view.entries.filter { Self.shares.contains($0.key) && !$0.value.isNull }
    guard let first = given.first else {
      if Self.shares.allSatisfy({ view.lacks($0, of: .stage) }) {
        sink.error(
          .missingKey, at: place, "the stage does not say how much traffic the candidate gets", remedy: "add for example `traffic: 10%`")
      }
      return nil
    }
    if given.count > 1 {
      sink.error(
        .conflictingKeys, at: given[1].place, "`\(given[1].key)` and `\(first.key)` are two words for the same thing",
        remedy: "keep one of them")
    }
    guard let scalar = first.value.scalar, let value = Percentage(configuration: scalar.text), value > .zero else { return nil }
    return (value, first.value.place, scalar.shown)
  }

  private func checkOrder(_ share: (value: Percentage, place: Place, shown: String), after previous: Percentage?) -> Bool {
    guard let previous, share.value <= previous else { return true }
    sink.error(
      .sharesNotRising, at: share.place, "the share `\(share.shown)` is not more than that of the stage before",
      remedy: "order the stages so that each gives the candidate more traffic")
    return false
  }

  // MARK: Duration

  private func duration(of view: View, share: Percentage, isJudged: Bool, at place: Place) -> TimeSpan {
    let isBounded = view.text("advance") == "when_safe" && view.has("maximum")
    if share < .hundred, !isBounded, view.lacks("duration", of: .stage) {
      sink.error(
        .missingKey, at: place, "the stage does not say how long its share is held", remedy: "add for example `duration: 10m`")
    }
    let duration = view.duration("duration") ?? .zero
    if duration == .zero, share < .hundred, !isJudged, let entry = view.entry("duration"), entry.value.scalar != nil {
      sink.warning(
        .noEffect, at: entry.place, "the stage is left at once, so nothing is learned from it",
        remedy: "give it a duration, or remove the stage")
    }
    return duration
  }

  private func checkWindows(of view: View, duration: TimeSpan) {
    guard view.entry("duration")?.value.scalar != nil else { return }
    forEachCriterion(of: view) { criterion, node in
      if let streak = criterion.streak, streak.length > duration {
        sink.warning(
          .windowTooLong, at: node.place, "the stage is over before there can be \(streak)",
          remedy: "make `duration` at least \(streak.length), or ask for fewer failures or shorter intervals")
      }
      guard let window = criterion.window, window > duration else { return }
      sink.warning(
        .windowTooLong, at: node.place, "the window of the criterion is longer than the stage, which is held until the window is full",
        remedy: "make `duration` at least as long as the window, or shorten the window")
    }
  }

  // MARK: Criteria

  private func criteria(of view: View) -> [Criterion] {
    view.view("success_criteria").criteria(role: .success)
  }

  private func forEachCriterion(of view: View, _ body: (Criterion, Node) -> Void) {
    let criteria = view.view("success_criteria")
    for entry in criteria.entries + criteria.view("score").view("metrics").entries {
      guard let metric = Metric(rawValue: entry.key) else { continue }
      for node in entry.value.items ?? [entry.value] {
        let node = node["criterion"] ?? node
        if let criterion = CriterionText.criterion(of: node, metric: metric, role: .success) { body(criterion, node) }
      }
    }
  }

  private func checkBaseline(of view: View) {
    forEachCriterion(of: view) { criterion, node in
      switch criterion.bound {
      case .percentage, .time, .number: return
      case .baseline:
        sink.warning(
          .noBaseline, at: node.place, "at 100 % the live version has no traffic; its figures from before are what is compared with",
          remedy: "use a fixed bound here, or compare in the stage before")
      }
    }
  }

  // MARK: Name

  private func checkName(_ name: String, of view: View, at place: Place, known: inout [String: Place]) {
    let nameEntry = view.entry("name")
    let place = nameEntry?.value.place ?? place
    if let first = known[name] {
      let shown = nameEntry?.value.scalar?.shown ?? name
      sink.error(
        .duplicateName, at: place, "the stage `\(shown)` has the name of the one at line \(first.line)",
        remedy: "give each stage its own name")
    }
    known[name] = place
  }
}
