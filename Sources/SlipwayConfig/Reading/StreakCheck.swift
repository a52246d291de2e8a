import SlipwayModel

/// Checks a criterion that counts failures in a row, overrides merged in: it has all that it needs, and nothing that contradicts it.
struct StreakCheck {
  let sink: DiagnosticSink

  /// - Parameter place: of the metric's name, for mappings from elsewhere.
  func check(_ node: Node, at place: Place) {
    let view = View(node)
    for key in Scope.streak.keys where view.lacks(key.name, of: .streak) {
      sink.error(
        .missingKey, at: place, "the criterion counts failures in a row and does not say its `\(key.name)`",
        remedy: "add for example `\(key.name): \(key.example)`, or write the criterion as a text such as \"<5% for 2m\"")
    }
    guard let threshold = view.entry("threshold")?.value, let text = threshold.scalar?.text else { return }
    if text.split(separator: " ").contains("for") {
      sink.error(
        .conflictingKeys, at: threshold.place, "the threshold has a window of its own, and each interval is one already",
        remedy: "remove `for …`, and let `interval` say how long an interval is")
    }
  }
}
