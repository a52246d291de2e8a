import SlipwayModel

/// One step from an object or list to what is in it (structured-merge-diff, `fieldpath.PathElement`).
enum PathElement: Hashable, Sendable {
  case field(String)
  /// An item of a list of objects, by the JSON of its key fields.
  case key(String)
  /// An item of a list that is a set.
  case value(String)

  /// As `fieldsV1` writes it: `f:spec`, `k:{"name":"app"}`, `v:"x"`.
  init?(_ text: String) {
    let rest = String(text.dropFirst(2))
    switch text.prefix(2) {
    case "f:": self = .field(rest)
    case "k:": self = .key(rest)
    case "v:": self = .value(rest)
    default: return nil
    }
  }

  var text: String {
    switch self {
    case .field(let name): "f:\(name)"
    case .key(let json): "k:\(json)"
    case .value(let json): "v:\(json)"
    }
  }

  /// As messages about conflicts write it: `.spec`, `[name="app"]`.
  var words: String {
    switch self {
    case .field(let name): return ".\(name)"
    case .value(let json): return "[=\(json)]"
    case .key(let json):
      guard let members = (try? JSONParser.parse(Array(json.utf8)))?.members else { return "[\(json)]" }
      return "[" + members.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSONWriter.text($0.value))" }.joined(separator: ",") + "]"
    }
  }
}

/// A set of paths to fields, as a tree.
struct FieldSet: Hashable, Sendable {
  /// Whether the path to here is in the set itself.
  var isMember = false
  var children: [PathElement: FieldSet] = [:]

  static let leaf = FieldSet(isMember: true)

  var isEmpty: Bool { !isMember && children.isEmpty }

  subscript(_ element: PathElement) -> FieldSet {
    get { children[element] ?? FieldSet() }
    set { children[element] = newValue.isEmpty ? nil : newValue }
  }

  func union(_ other: FieldSet) -> FieldSet {
    var result = self
    result.isMember = isMember || other.isMember
    for (element, child) in other.children { result[element] = self[element].union(child) }
    return result
  }

  func subtracting(_ other: FieldSet) -> FieldSet {
    var result = self
    result.isMember = isMember && !other.isMember
    for (element, child) in other.children where children[element] != nil { result[element] = self[element].subtracting(child) }
    return result
  }

  func intersection(_ other: FieldSet) -> FieldSet {
    var result = FieldSet(isMember: isMember && other.isMember)
    for (element, child) in children {
      guard let theirs = other.children[element] else { continue }
      result[element] = child.intersection(theirs)
    }
    return result
  }

  /// The paths in the set, in words, sorted.
  var paths: [String] {
    var found: [String] = []
    func walk(_ set: FieldSet, _ path: String) {
      if set.isMember { found.append(path) }
      for (element, child) in set.children { walk(child, path + element.words) }
    }
    walk(self, "")
    return found.sorted()
  }

  // MARK: fieldsV1

  init(isMember: Bool = false) { self.isMember = isMember }

  /// Reads `fieldsV1`: an empty object is a path in the set; a path with others below it is in the set when it has `.`.
  init(fieldsV1 json: JSONValue) {
    let members = json.members ?? [:]
    isMember = members["."] != nil
    for (text, child) in members {
      guard let element = PathElement(text) else { continue }
      children[element] = child.members?.isEmpty == true ? .leaf : FieldSet(fieldsV1: child)
    }
  }

  var fieldsV1: JSONValue {
    var members: [String: JSONValue] = [:]
    for (element, child) in children { members[element.text] = child.children.isEmpty ? [:] : child.fieldsV1 }
    if isMember, !children.isEmpty { members["."] = [:] }
    return .object(members)
  }
}
