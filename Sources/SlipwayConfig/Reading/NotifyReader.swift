import SlipwayModel

/// Reads `notify` of an environment.
struct NotifyReader {
  let sink: DiagnosticSink

  /// - Returns: `nil` when nobody is to be told, so that a request stays as it would be without the key.
  func read(_ environment: View) -> [NotificationChannel]? {
    var names: Set<Name> = []
    let channels = environment.items("notify").enumerated().compactMap { number, node -> NotificationChannel? in
      guard let entries = node.entries else { return nil }
      let view = View(node)
      let name = view.text("name").flatMap { Name($0) } ?? Self.name(number)
      if !names.insert(name).inserted {
        sink.error(
          .duplicateName, at: view.entry("name")?.value.place ?? node.place, "there is another channel `\(name)` here",
          remedy: "give each channel a `name` of its own: the journal tells them apart by it")
      }
      guard let webhook = place(view, at: entries.first?.place ?? node.place), let events = events(view) else { return nil }
      return NotificationChannel(
        name: name, webhook: webhook, format: view.text("format").flatMap { NotificationChannel.Format(rawValue: $0) } ?? .json,
        events: events)
    }
    return channels.isEmpty ? nil : channels
  }

  private static func name(_ number: Int) -> Name {
    // Letters, a hyphen and digits are a name.
    Name(number == 0 ? "webhook" : "webhook-\(number + 1)")!
  }

  private static let places = ["webhook", "webhook_env", "webhook_file"]

  private func place(_ view: View, at place: Place) -> WebhookPlace? {
    let stated = Self.places.compactMap { view.entry($0) }
    if stated.count > 1 {
      sink.error(
        .conflictingKeys, at: stated[1].place, "`\(stated[0].key)` and `\(stated[1].key)` both say where the webhook is",
        remedy: "keep one of them")
    }
    guard let first = stated.first else {
      if Self.places.allSatisfy({ view.lacks($0, of: .channel) }) {
        sink.error(
          .missingKey, at: place, "the channel does not say where its webhook is",
          remedy: "add `webhook_env: NAME_OF_THE_VARIABLE`, `webhook_file:` or `webhook:`")
      }
      return nil
    }
    guard let text = first.value.scalar?.text, !text.isEmpty else { return nil }
    switch first.key {
    case "webhook_env": return .secret(.variable(text))
    case "webhook_file": return .secret(.file(text))
    case _: return .url(text)
    }
  }

  /// In the order of the journal's words, each once.
  private func events(_ view: View) -> [NotificationEvent]? {
    guard let entry = view.entry("on") else { return NotificationEvent.standard }
    let words = (entry.value.items ?? [entry.value]).compactMap { $0.scalar?.text }
    if entry.value.items?.isEmpty == true {
      sink.error(
        .missingValue, at: entry.place, "`on` names nothing, so nothing would be told",
        remedy: "name what is to be told, or leave `on` out")
    }
    let events = NotificationEvent.allCases.filter { words.contains($0.rawValue) }
    return events.isEmpty ? nil : events
  }
}
