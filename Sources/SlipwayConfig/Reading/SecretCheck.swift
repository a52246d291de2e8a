import SlipwayModel

/// Warns of `${NAME}` with a secret's name anywhere but under `env` and `webhook`: what other keys become stands in the journal, in plans and in
/// the list of processes. A value that is wrong anyhow is not warned about as well.
struct SecretCheck {
  let sink: DiagnosticSink

  /// Looks at everything below the root but keys that hold anchors only.
  func check(_ root: [Entry]) {
    for entry in root where !entry.key.hasPrefix("x-") { look(entry.value) }
  }

  /// What stands under these is kept apart from the journal.
  private static let sealed: Set = ["env", WebhookPlace.stated]

  private func look(_ node: Node) {
    switch node.content {
    case .null, .unknown: break
    case .sequence(let items): for item in items { look(item) }
    case .mapping(let entries): for entry in entries where !Self.sealed.contains(entry.key) { look(entry.value) }
    case .scalar(let scalar):
      guard scalar.isInterpolated, !sink.hasError(at: node.place),
        let name = Interpolation.names(in: scalar.shown).first(where: SecretName.matches)
      else { return }
      sink.warning(
        .secretExposed, at: node.place, "`${\(name)}` is written into the journal here, and its name is that of a secret",
        remedy: "pass it to the service through `env:`, and let the service read it from its environment")
    }
  }
}

extension Interpolation {
  /// The names of `${NAME}` and `${NAME:-default}` in a text, in order; `$${` begins none.
  static func names(in text: String) -> [String] {
    var names: [String] = []
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      guard scalar == "$" else { continue }
      if rest.first == "$" {
        rest.removeFirst()
      } else if rest.first == "{" {
        rest.removeFirst()
        var name = String.UnicodeScalarView()
        while let part = rest.first, part.properties.isAlphabetic || part == "_" || ("0"..."9").contains(part) {
          name.append(part)
          rest.removeFirst()
        }
        names.append(String(name))
      }
    }
    return names
  }
}
