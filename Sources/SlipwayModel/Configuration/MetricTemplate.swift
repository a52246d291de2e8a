/// What `{{…}}` may name in queries, URLs, pointers and commands of a metric source.
package enum MetricPlaceholder: String, CaseIterable, Hashable, Sendable {
  case slot
  case service
  case environment
  /// The environment's `namespace`.
  case namespace
  /// What a slot's processes are called in the source's labels.
  case workload
  /// The window that rates are taken over, as PromQL writes it: `1m`.
  case window
}

/// A text with placeholders in double braces.
package struct MetricTemplate: Hashable, Sendable {
  /// As the file has it.
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  /// The names between double braces, in order, known or not; `nil` when a pair is not closed.
  package var names: [String]? {
    var names: [String] = []
    var rest = text[...]
    while let opening = rest.firstRange(of: "{{") {
      guard let closing = rest[opening.upperBound...].firstRange(of: "}}") else { return nil }
      names.append(Self.trimmed(rest[opening.upperBound..<closing.lowerBound]))
      rest = rest[closing.upperBound...]
    }
    return names
  }

  /// Whether its value differs between slots.
  package var isPerSlot: Bool {
    names?.contains { [MetricPlaceholder.slot.rawValue, MetricPlaceholder.workload.rawValue].contains($0) } ?? false
  }

  /// The text with every placeholder replaced; a name without a value stays as it is.
  package func filled(_ values: [MetricPlaceholder: String]) -> String {
    var result = ""
    var rest = text[...]
    while let opening = rest.firstRange(of: "{{"), let closing = rest[opening.upperBound...].firstRange(of: "}}") {
      result += rest[..<opening.lowerBound]
      let name = Self.trimmed(rest[opening.upperBound..<closing.lowerBound])
      result += MetricPlaceholder(rawValue: name).flatMap { values[$0] } ?? String(rest[opening.lowerBound..<closing.upperBound])
      rest = rest[closing.upperBound...]
    }
    return result + rest
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

extension MetricsSpec {
  /// What the placeholders stand for.
  ///
  /// - Parameter slot: `nil` for texts that name no slot.
  package func values(for key: DeploymentKey, slot: Slot?, window: TimeSpan? = nil) -> [MetricPlaceholder: String] {
    var values: [MetricPlaceholder: String] = [
      .service: key.service.description, .environment: key.environment.description,
    ]
    values[.namespace] = namespace
    values[.window] = window?.description
    if let slot {
      values[.slot] = slot.rawValue
      values[.workload] = MetricTemplate(workload).filled(values)
    }
    return values
  }
}
