import SlipwayModel

/// A mapping to be read key by key. A value that is absent or wrong reads as `nil`: the checker has reported it.
struct View {
  let entries: [Entry]

  init(_ node: Node?) {
    entries = node?.entries ?? []
  }

  func entry(_ key: String) -> Entry? {
    entries.first { $0.key == key }
  }

  /// Whether nothing here is the key, nor an unknown word for which the checker has suggested it.
  func lacks(_ key: String, of scope: Scope) -> Bool {
    if entries.contains(where: { $0.key == key }) { return false }
    let names = scope.keys.map(\.name)
    // No file that is meant seriously has more keys at one place; what the anchors of `x-…` are on is nobody's slip.
    let unknown = entries.prefix(100).filter { !names.contains($0.key) && !$0.key.hasPrefix("x-") }
    return !unknown.contains { Suggestion.nearest(to: $0.key, in: names) == key }
  }

  func has(_ key: String) -> Bool {
    entry(key).map { !$0.value.isNull } ?? false
  }

  func view(_ key: String) -> View { View(entry(key)?.value) }

  func scalar(_ key: String) -> Scalar? { entry(key)?.value.scalar }

  func text(_ key: String) -> String? { scalar(key)?.text }

  func flag(_ key: String) -> Bool? { scalar(key)?.flag }

  func integer(_ key: String) -> Int? { scalar(key)?.integer }

  func number(_ key: String) -> Double? { scalar(key)?.number }

  func duration(_ key: String) -> TimeSpan? { text(key).flatMap { TimeSpan($0) } }

  func percentage(_ key: String) -> Percentage? { text(key).flatMap { Percentage(configuration: $0) } }

  func amount(_ key: String) -> ReplicaAmount? { text(key).flatMap { ReplicaAmount(configuration: $0) } }

  func items(_ key: String) -> [Node] { entry(key)?.value.items ?? [] }

  /// The criteria under a metric's name: one, or a list.
  func criteria(_ metric: Metric, role: CriterionRole) -> [Criterion] {
    guard let value = entry(metric.rawValue)?.value else { return [] }
    return (value.items ?? [value]).compactMap { CriterionText.criterion(of: $0, metric: metric, role: role) }
  }

  /// All criteria that stand here: those on requests and response times in a fixed order, then those on readings by name.
  func criteria(role: CriterionRole) -> [Criterion] {
    let readings = entries.compactMap { Metric(rawValue: $0.key) }.filter { $0.readingName != nil }
    return (Metric.counted + readings.sorted { $0.rawValue < $1.rawValue }).flatMap { criteria($0, role: role) }
  }
}

extension CriterionText {
  /// The criterion that a value is; `nil` when it is none, which the checker has reported.
  static func criterion(of node: Node, metric: Metric, role: CriterionRole) -> Criterion? {
    if node.entries != nil { return counted(View(node), metric: metric, role: role) }
    guard let scalar = node.scalar else { return nil }
    do throws(CriterionProblem) {
      return try parse(scalar.text, metric: metric, role: role)
    } catch {
      return nil
    }
  }

  /// A criterion that counts failures in a row.
  private static func counted(_ view: View, metric: Metric, role: CriterionRole) -> Criterion? {
    guard let threshold = view.entry("threshold")?.value, threshold.scalar != nil,
      let plain = criterion(of: threshold, metric: metric, role: role), let failures = view.integer("consecutive_failures"),
      let interval = view.duration("interval")
    else { return nil }
    return Criterion(
      metric: metric, comparison: plain.comparison, bound: plain.bound, window: plain.window,
      streak: FailureStreak(failures: failures, interval: interval))
  }
}
