import SlipwayModel

/// JSON patch (RFC 6902): all operations or none.
enum JSONPatch {
  struct Failure: Error { let message: String }

  static func apply(_ patch: JSONValue, to document: JSONValue) throws(Failure) -> JSONValue {
    guard let operations = patch.items else { throw Failure(message: "a JSON patch is a list") }
    var result = document
    for operation in operations { result = try apply(operation: operation, to: result) }
    return result
  }

  private static func apply(operation: JSONValue, to document: JSONValue) throws(Failure) -> JSONValue {
    guard let name = operation["op"]?.text, let pointer = operation["path"]?.text else {
      throw Failure(message: "an operation needs op and path")
    }
    let path = tokens(pointer)
    switch name {
    case "add": return try edit(document, path[...], .add(try value(operation)))
    case "replace": return try edit(document, path[...], .replace(try value(operation)))
    case "remove": return try edit(document, path[...], .remove)
    case "test":
      guard document.value(at: pointer) == (try value(operation)) else { throw Failure(message: "testing path \(pointer) failed") }
      return document
    case "move", "copy":
      guard let source = operation["from"]?.text, let moved = document.value(at: source) else {
        throw Failure(message: "\(name) operation without a value at from")
      }
      let rest = name == "move" ? try edit(document, tokens(source)[...], .remove) : document
      return try edit(rest, path[...], .add(moved))
    default: throw Failure(message: "unexpected kind of operation: \(name)")
    }
  }

  private enum Edit {
    case add(JSONValue)
    case replace(JSONValue)
    case remove
  }

  private static func value(_ operation: JSONValue) throws(Failure) -> JSONValue {
    guard let value = operation["value"] else { throw Failure(message: "an operation without value") }
    return value
  }

  /// RFC 6901, section 4.
  private static func tokens(_ pointer: String) -> [String] {
    pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
      .map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
  }

  private static func edit(_ value: JSONValue, _ path: ArraySlice<String>, _ edit: Edit) throws(Failure) -> JSONValue {
    guard let token = path.first else {
      switch edit {
      case .add(let new), .replace(let new): return new
      case .remove: return .null
      }
    }
    let missing = Failure(message: "there is nothing at \(token)")
    let isLast = path.count == 1
    switch value {
    case .object(var members):
      guard isLast else {
        guard let child = members[token] else { throw missing }
        members[token] = try Self.edit(child, path.dropFirst(), edit)
        return .object(members)
      }
      switch edit {
      case .add(let new): members[token] = new
      case .replace(let new):
        guard members[token] != nil else { throw missing }
        members[token] = new
      case .remove:
        guard members.removeValue(forKey: token) != nil else { throw missing }
      }
      return .object(members)
    case .list(var items):
      guard let index = token == "-" && isLast ? items.count : Int(token), index >= 0, index <= items.count else { throw missing }
      guard isLast else {
        guard items.indices.contains(index) else { throw missing }
        items[index] = try Self.edit(items[index], path.dropFirst(), edit)
        return .list(items)
      }
      if case .add(let new) = edit {
        items.insert(new, at: index)
        return .list(items)
      }
      guard items.indices.contains(index) else { throw missing }
      if case .replace(let new) = edit { items[index] = new } else { items.remove(at: index) }
      return .list(items)
    case .null, .flag, .integer, .decimal, .text: throw missing
    }
  }
}
