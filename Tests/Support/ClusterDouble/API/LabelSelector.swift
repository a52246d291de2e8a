import SlipwayModel

/// A label selector in the form of a query (Kubernetes documentation, "Labels and Selectors", "API"), or of an object.
package struct LabelSelector: Hashable, Sendable {
  private enum Requirement: Hashable, Sendable {
    case isIn(String, Set<String>)
    case isNotIn(String, Set<String>)
    case exists(String)
    case isAbsent(String)
  }

  private let requirements: [Requirement]
  /// Labels with exactly one allowed value, by which an index finds objects.
  let equalities: [String: String]

  package static let everything = LabelSelector(requirements: [])

  private init(requirements: [Requirement]) {
    self.requirements = requirements
    equalities = Dictionary(
      requirements.compactMap { requirement -> (String, String)? in
        guard case .isIn(let key, let values) = requirement, values.count == 1, let value = values.first else { return nil }
        return (key, value)
      }, uniquingKeysWith: { $1 })
  }

  /// Reads `a=b,c!=d,e in (x,y),f notin (z),g,!h`; `nil` when it is none of this.
  init?(query: String) {
    var parts: [String] = []
    var depth = 0
    var part = ""
    for character in query {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    parts.append(part)
    var requirements: [Requirement] = []
    for part in parts.map(Self.trimmed) where !part.isEmpty {
      guard let requirement = Self.requirement(part) else { return nil }
      requirements.append(requirement)
    }
    self.init(requirements: requirements)
  }

  /// A `LabelSelector` object with `matchLabels` and `matchExpressions`.
  init(object: JSONValue?) {
    var requirements = (object?["matchLabels"]?.texts ?? [:]).sorted { $0.key < $1.key }.map { Requirement.isIn($0.key, [$0.value]) }
    for expression in object?["matchExpressions"]?.items ?? [] {
      let key = expression["key"]?.text ?? ""
      let values = Set((expression["values"]?.items ?? []).compactMap(\.text))
      switch expression["operator"]?.text {
      case "In": requirements.append(.isIn(key, values))
      case "NotIn": requirements.append(.isNotIn(key, values))
      case "Exists": requirements.append(.exists(key))
      case "DoesNotExist": requirements.append(.isAbsent(key))
      default: break
      }
    }
    self.init(requirements: requirements)
  }

  func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { requirement in
      switch requirement {
      case .isIn(let key, let values): labels[key].map(values.contains) ?? false
      case .isNotIn(let key, let values): labels[key].map { !values.contains($0) } ?? true
      case .exists(let key): labels[key] != nil
      case .isAbsent(let key): labels[key] == nil
      }
    }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  private static func requirement(_ text: String) -> Requirement? {
    if text.hasSuffix(")"), let open = text.firstIndex(of: "(") {
      let values = Set(text[text.index(after: open)...].dropLast().split(separator: ",").map(trimmed))
      let words = text[..<open].split(separator: " ").map(String.init)
      guard words.count == 2 else { return nil }
      switch words[1] {
      case "in": return .isIn(words[0], values)
      case "notin": return .isNotIn(words[0], values)
      default: return nil
      }
    }
    for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
      guard let range = text.firstRange(of: sign) else { continue }
      let key = trimmed(text[..<range.lowerBound])
      let value = trimmed(text[range.upperBound...])
      guard !key.isEmpty else { return nil }
      return isEqual ? .isIn(key, [value]) : .isNotIn(key, [value])
    }
    if text.hasPrefix("!") { return .isAbsent(trimmed(text.dropFirst())) }
    return text.contains(" ") ? nil : .exists(text)
  }
}
