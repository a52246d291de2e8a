import SlipwayModel

/// Reads the score of a stage: criteria with weights, and from when on they are enough.
struct ScoreReader {
  let sink: DiagnosticSink

  /// - Parameter criteria: `success_criteria` of the stage.
  func read(_ criteria: View) -> ScoreSpec? {
    guard let entry = criteria.entry("score"), entry.value.entries != nil else { return nil }
    let view = View(entry.value)
    let metrics = view.view("metrics")
    for key in ["metrics", "pass"] where view.lacks(key, of: .score) {
      sink.error(
        .missingKey, at: entry.place, "the score does not say its `\(key)`",
        remedy: "add for example `\(key): \(Scope.score.key(key)?.example ?? "")`")
    }
    if view.entry("metrics")?.value.entries?.isEmpty == true {
      sink.error(
        .missingKey, at: entry.place, "the score is made of nothing", remedy: #"write for example `metrics: { error_rate: "<1%" }`"#)
    }
    for part in metrics.entries where part.value.entries != nil && View(part.value).lacks("criterion", of: .scorePart) {
      sink.error(
        .missingKey, at: part.place, "`\(part.key)` has no criterion in the score", remedy: #"add for example `criterion: "<1%"`"#)
    }
    let parts = parts(of: metrics)
    guard let pass = view.number("pass"), !parts.isEmpty else { return nil }
    if let marginal = view.number("marginal"), marginal > pass, let place = view.entry("marginal")?.value.place {
      sink.error(
        .outOfRange, at: place, "`marginal` is more than `pass`: a score would both pass and fail",
        remedy: "make `marginal` at most as large as `pass`")
    }
    return ScoreSpec(parts: parts, pass: pass, marginal: view.number("marginal"))
  }

  /// Those on requests and response times in a fixed order, then those on readings by name.
  private func parts(of metrics: View) -> [ScoreSpec.Part] {
    let readings = metrics.entries.compactMap { Metric(rawValue: $0.key) }.filter { $0.readingName != nil }
    return (Metric.counted + readings.sorted { $0.rawValue < $1.rawValue }).compactMap { metric in
      guard let node = metrics.entry(metric.rawValue)?.value,
        let criterion = CriterionText.criterion(of: node["criterion"] ?? node, metric: metric, role: .success)
      else { return nil }
      return ScoreSpec.Part(criterion: criterion, weight: View(node).number("weight") ?? 1)
    }
  }
}
