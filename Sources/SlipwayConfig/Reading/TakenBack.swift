import SlipwayModel

/// The sources of figures that an environment takes back from the base: those that it says `none` of, and those that counted in the base,
/// read nothing else, and no longer count.
struct TakenBack {
  /// What the environment itself states under `metrics`.
  let own: View

  /// The merged settings without what is taken back.
  func removed(from merged: Node) -> Node {
    let view = View(merged)
    let kept = view.entries.filter { entry in
      guard let source = MetricSourceKind(rawValue: entry.key) else { return true }
      if entry.value.scalar?.text == Keys.none { return false }
      let isReplaced = own.has("source") && own.text("source") != source.rawValue && !own.has(entry.key)
      return !isReplaced || hasReadings(View(entry.value))
    }
    return Node(content: .mapping(kept), place: merged.place)
  }

  private func hasReadings(_ source: View) -> Bool {
    let queries = source.view("queries").entries.filter { Scope.queries.key($0.key) == nil }
    return !queries.isEmpty || !source.items("saturation").isEmpty || !source.view("readings").entries.isEmpty
  }
}
