import SlipwayModel

/// Reads what a stage has to be no worse in than the live slot, and when it may be left for that.
struct ComparisonReader {
  /// What stands in the place of a criterion.
  static let phrase = "not worse than stable"
  /// What may follow it, and a percentage after that.
  static let limit = "by more than"
  /// The response times as a whole, which only a comparison can be about.
  static let latency = "latency"

  private static let defaultMinimum = TimeSpan.seconds(20)

  let sink: DiagnosticSink

  /// How much worse the candidate may be, in the words of a comparison.
  enum Tolerance: Hashable {
    case nothing
    case upTo(Percentage)
    /// The words after the phrase are none that belong there, or name no percentage.
    case unreadable

    var percentage: Percentage? {
      if case .upTo(let value) = self { value } else { nil }
    }
  }

  /// What a value that asks for a comparison tolerates, such as `not worse than stable by more than 10%`; `nil` for another value. Spaces
  /// between the words don't matter.
  static func tolerance(in text: String) -> Tolerance? {
    let words = text.split(separator: " ").joined(separator: " ")
    guard words.hasPrefix(phrase) else { return nil }
    let rest = words.dropFirst(phrase.count)
    if rest.isEmpty { return .nothing }
    guard rest.hasPrefix(" \(limit) "), rest.last == "%", let value = Percentage(configuration: String(rest.dropFirst(limit.count + 2))),
      tolerances.contains(value)
    else { return .unreadable }
    return .upTo(value)
  }

  /// Less is within what a comparison tolerates anyway, and more than twice as much is no comparison any more.
  private static let tolerances = (Percentage(basisPoints: 100) ?? .zero)...Percentage.hundred

  /// Whether a value asks for a comparison.
  static func isPhrase(_ text: String) -> Bool { tolerance(in: text).map { $0 != .unreadable } ?? false }

  /// What is wrong with the words after the phrase.
  static let unreadable = (
    message: "after `\(phrase)` there may only be `\(limit)` and a percentage from 1% to 100%",
    remedy: "write for example \"\(phrase) \(limit) 10%\""
  )

  /// The metrics that are compared; `nil` when none is.
  func compared(of view: View, share: Percentage) -> [ComparedMetric]? {
    var found: [ComparedMetric] = []
    for entry in view.view("success_criteria").entries {
      guard let metric = ComparedMetric(rawValue: entry.key) else { continue }
      for node in entry.value.items ?? [entry.value] where node.scalar.map({ Self.isPhrase($0.text) }) ?? false {
        if share == .hundred {
          sink.error(
            .noBaseline, at: node.place, "at 100 % the live version has no traffic to compare with",
            remedy: "compare in the stage before, such as one at 50 %")
        } else if !found.contains(metric) {
          found.append(metric)
        }
      }
    }
    return found.isEmpty ? nil : found.sorted { $0.rawValue < $1.rawValue }
  }

  /// When the stage is left; `nil` for `fixed`.
  func advance(of view: View, duration: TimeSpan, compares: Bool) -> SafeAdvance? {
    guard view.text("advance") == "when_safe" else {
      for key in ["minimum", "maximum"] {
        guard let entry = view.entry(key), !entry.value.isNull else { continue }
        sink.warning(
          .noEffect, at: entry.place, "`\(key)` is for stages with `advance: when_safe`; this one is held for its `duration`",
          remedy: "add `advance: when_safe`, or remove `\(key)`")
      }
      return nil
    }
    if !compares, let entry = view.entry("advance") {
      sink.error(
        .missingKey, at: entry.place, "the stage has nothing that could show that it is safe to go on",
        remedy: "add `success_criteria: { error_rate: \(Self.phrase) }`")
    }
    let minimum = view.duration("minimum") ?? Self.defaultMinimum
    let maximum = view.duration("maximum") ?? max(duration, minimum)
    if maximum < minimum, let entry = view.entry("maximum") ?? view.entry("minimum") {
      sink.error(
        .outOfRange, at: entry.value.place, "the stage may last \(maximum) at most and has to last \(minimum)",
        remedy: "make `maximum` at least as long as `minimum`")
    }
    return SafeAdvance(minimum: minimum, maximum: maximum)
  }

  /// How stages compare; `nil` when the file says nothing of it.
  ///
  /// The comparison is one for the whole rollout, and so is what it tolerates.
  func analysis(of view: View, stages: [Node]) -> AnalysisSpec? {
    var known: [ComparedMetric: Tolerance] = [:]
    for (metric, node, tolerance) in stages.flatMap(Self.tolerances) {
      if let first = known[metric], first != tolerance {
        let stated = first.percentage.map { "\(Self.limit) \($0)" } ?? "without a tolerance"
        sink.error(
          .conflictingKeys, at: node.place, "the stages are one comparison, and an earlier one compares `\(metric.rawValue)` \(stated)",
          remedy: "say the same in all stages")
      }
      known[metric] = known[metric] ?? tolerance
    }
    let (errors, latency) = (known[.errorRate]?.percentage, known[.latency]?.percentage)
    guard view.has("analysis") || errors != nil || latency != nil else { return nil }
    return AnalysisSpec(
      alpha: view.view("analysis").percentage("alpha") ?? AnalysisSpec.standardAlpha, errorTolerance: errors, latencyTolerance: latency)
  }

  /// The comparisons of a stage with what they tolerate.
  private static func tolerances(of stage: Node) -> [(ComparedMetric, Node, Tolerance)] {
    View(stage["success_criteria"]).entries.flatMap { entry -> [(ComparedMetric, Node, Tolerance)] in
      guard let metric = ComparedMetric(rawValue: entry.key) else { return [] }
      return (entry.value.items ?? [entry.value]).compactMap { node in
        guard let tolerance = node.scalar.flatMap({ Self.tolerance(in: $0.text) }), tolerance != .unreadable else { return nil }
        return (metric, node, tolerance)
      }
    }
  }
}
