import SlipwayModel

extension JSONValue {
  /// The value at the end of a path of members.
  subscript(_ path: String...) -> JSONValue? { self[path: path] }

  /// Sets, or with `nil` removes, what is at the end of a path; objects on the way are made as needed when something is set.
  mutating func set(_ value: JSONValue?, at path: [String]) {
    set(value, at: path[...])
  }

  private mutating func set(_ value: JSONValue?, at path: ArraySlice<String>) {
    guard let key = path.first else {
      self = value ?? .null
      return
    }
    guard path.count > 1 else {
      if value != nil || self[key] != nil { self[key] = value }
      return
    }
    var child = self[key]
    if child == nil || child == .null {
      guard value != nil else { return }
      child = .object([:])
    }
    guard var next = child else { return }
    next.set(value, at: path.dropFirst())
    self[key] = next
  }

  /// The object without one of its members.
  func without(_ key: String) -> JSONValue {
    guard self[key] != nil else { return self }
    var copy = self
    copy[key] = nil
    return copy
  }

  /// The texts of an object of texts, such as labels.
  var texts: [String: String] { (members ?? [:]).compactMapValues(\.text) }

  static func texts(_ texts: [String: String]) -> JSONValue { .object(texts.mapValues { .text($0) }) }

  /// An object of the members that are not `nil`.
  static func compact(_ members: [String: JSONValue?]) -> JSONValue { .object(members.compactMapValues { $0 }) }
}

extension Optional where Wrapped == JSONValue {
  /// Whether there is nothing: no value, `null`, or an empty list or object.
  var isVoid: Bool {
    switch self {
    case nil, .some(.null): true
    case .some(.list(let items)): items.isEmpty
    case .some(.object(let members)): members.isEmpty
    case .some: false
    }
  }
}

extension Timestamp {
  /// RFC 3339 to the second, as `metav1.Time` writes it.
  var apiText: String { String(description.prefix(19)) + "Z" }
  var api: JSONValue { .text(apiText) }
}
