import SlipwayModel

/// Reads what a stage has to be no worse in than the live slot, and when it may be left for that.
struct ComparisonReader {
  /// What stands in the place of a criterion.
  static let phrase = "not worse than stable"
  /// The response times as a whole, which only a comparison can be about.
  static let latency = "latency"

  private static let defaultMinimum = TimeSpan.seconds(20)

  let sink: DiagnosticSink

  /// Whether a value asks for a comparison; spaces between the words don't matter.
  static func isPhrase(_ text: String) -> Bool {
    text.split(separator: " ").joined(separator: " ") == phrase
  }

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
  static func analysis(of view: View) -> AnalysisSpec? {
    guard view.has("analysis") else { return nil }
    return AnalysisSpec(alpha: view.view("analysis").percentage("alpha") ?? AnalysisSpec.standardAlpha)
  }
}
