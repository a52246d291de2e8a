import SlipwayModel

/// Where documents come from: a URL or a command, once for both slots or once for each.
struct DocumentSource: Sendable {
  let kind: MetricSourceKind
  let readings: [String: String]
  /// Whether each slot has a document of its own.
  let isPerSlot: Bool
  let values: [Slot: [MetricPlaceholder: String]]
  let fetch: @Sendable (_ values: [MetricPlaceholder: String]) async throws -> [UInt8]

  /// What one look brought.
  struct Look: Sendable {
    let at: Timestamp
    let totals: [Slot: SlotTotals]
    let looked: Looked
  }

  private var name: String { kind == .http ? "the URL" : "the command" }

  /// - Parameter counts: whether the document has to have counts.
  func look(at now: Timestamp, counts: Bool) async throws(SlipwayError) -> Look {
    let documents: [Slot: MetricsDocument]
    do { documents = try await self.documents() } catch { throw SlipwayError.ours(error) }
    var looked = Looked()
    var totals: [Slot: SlotTotals] = [:]
    var at = now
    for slot in Slot.allCases {
      guard let document = documents[slot] else { continue }
      if let stated = try document.at(from: name) { at = min(at, stated) }
      if counts, let total = try document.totals(of: slot, from: name) { totals[slot] = total }
    }
    if counts, totals.isEmpty {
      throw .metricsAnswer("what \(name) gives has counts of neither slot: `slots.blue` and `slots.green`")
    }
    for (reading, pointer) in readings {
      for slot in Slot.allCases {
        guard let document = documents[slot] else { continue }
        looked.add(document.reading(reading, at: MetricTemplate(pointer).filled(values[slot] ?? [:]), slot, kind, now: at))
      }
    }
    return Look(at: at, totals: totals, looked: looked)
  }

  private func documents() async throws -> [Slot: MetricsDocument] {
    guard isPerSlot else {
      let document = try MetricsDocument(try await fetch(values[.blue] ?? [:]), from: name)
      return [.blue: document, .green: document]
    }
    async let blue = fetch(values[.blue] ?? [:])
    async let green = fetch(values[.green] ?? [:])
    return try await [.blue: MetricsDocument(blue, from: name), .green: MetricsDocument(green, from: name)]
  }
}
