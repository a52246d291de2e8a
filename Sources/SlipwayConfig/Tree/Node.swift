/// A value of the file with the place where it stands, after aliases, merge keys and variables have been resolved.
struct Node: Sendable {
  enum Content: Sendable {
    /// Nothing, `~` or `null`.
    case null
    /// Something whose value could not be found out, which has been reported: no second complaint about it.
    case unknown
    case scalar(Scalar)
    case sequence([Node])
    case mapping([Entry])
  }

  var content: Content
  let place: Place

  var scalar: Scalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  var items: [Node]? {
    if case .sequence(let items) = content { items } else { nil }
  }

  var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  var isNull: Bool {
    if case .null = content { true } else { false }
  }

  /// The value under a key; `nil` when this is no mapping or has no such key.
  subscript(key: String) -> Node? { entry(key)?.value }

  func entry(_ key: String) -> Entry? {
    entries?.first { $0.key == key }
  }
}

/// Text, a number or a truth value: which of these is decided by the key it stands under.
struct Scalar: Hashable, Sendable {
  /// With variables replaced. It may hold a secret, so it never goes into a message.
  let text: String
  /// As the file has it, before variables were replaced: what messages show.
  let shown: String
  /// Whether it stood in quotes or in a block, and so is text whatever it looks like.
  let isQuoted: Bool

  var isInterpolated: Bool { text != shown }
}

/// One key of a mapping with its value.
struct Entry: Sendable {
  let key: String
  /// Of the key.
  let place: Place
  var value: Node
}

extension Node {
  /// This value with another one laid over it: mappings merge deeply, lists and scalars are replaced. An override
  /// without a value (`health:` and nothing after it) changes nothing.
  func overridden(by other: Node?) -> Node {
    guard let other, !other.isNull else { return self }
    guard var merged = entries, let additions = other.entries else { return other }
    var positions: [String: Int] = [:]
    for (index, entry) in merged.enumerated() { positions[entry.key] = index }
    for entry in additions {
      guard let index = positions[entry.key] else {
        merged.append(entry)
        continue
      }
      let base = merged[index]
      let keepsPlace = base.value.entries != nil && (entry.value.entries != nil || entry.value.isNull)
      merged[index] = Entry(
        key: entry.key, place: keepsPlace ? base.place : entry.place, value: base.value.overridden(by: entry.value))
    }
    return Node(content: .mapping(merged), place: place)
  }
}
