import SlipwayModel

/// The structural schema of a CustomResourceDefinition: fields that it does not name go, defaults come, and what does not fit is refused
/// (Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions").
struct DefinitionSchema: Sendable {
  let root: JSONValue

  // MARK: Pruning and defaults

  func completed(_ object: JSONValue) -> JSONValue {
    var object = object
    for part in ["spec", "status"] {
      guard let schema = root["properties", part], let value = object[part] else { continue }
      object[part] = Self.completed(value, schema)
    }
    return object
  }

  private static func completed(_ value: JSONValue, _ schema: JSONValue) -> JSONValue {
    switch value {
    case .object(let members):
      if let properties = schema["properties"]?.members {
        var kept: [String: JSONValue] = [:]
        for (name, property) in properties {
          if let member = members[name] ?? property["default"] { kept[name] = completed(member, property) }
        }
        return .object(kept)
      }
      guard let each = schema["additionalProperties"] else { return value }
      return .object(members.mapValues { completed($0, each) })
    case .list(let items): return .list(items.map { completed($0, schema["items"] ?? [:]) })
    case .null, .flag, .integer, .decimal, .text: return value
    }
  }

  // MARK: Checks

  /// - Parameter old: what was stored before; rules that compare with it hold for a new object.
  func problems(of object: JSONValue, from old: JSONValue?) -> [FieldProblem] {
    var found: [FieldProblem] = []
    for name in root["required"]?.items?.compactMap(\.text) ?? [] where object[name] == nil { found.append(.required(name)) }
    for part in ["spec", "status"] {
      guard let schema = root["properties", part], let value = object[part] else { continue }
      Self.check(value, schema, at: part, old: old?[part], &found)
    }
    return found
  }

  private static func check(_ value: JSONValue, _ schema: JSONValue, at path: String, old: JSONValue?, _ found: inout [FieldProblem]) {
    switch (schema["type"]?.text ?? "", value) {
    case ("string", .text(let text)): check(text, schema, at: path, &found)
    case ("integer", .integer(let number)):
      if let least = schema["minimum"]?.integer, number < least {
        found.append(.invalid(path, value, "should be greater than or equal to \(least)"))
      }
      if let most = schema["maximum"]?.integer, number > most {
        found.append(.invalid(path, value, "should be less than or equal to \(most)"))
      }
    case ("boolean", .flag): break
    case ("array", .list(let items)):
      if let most = schema["maxItems"]?.integer, items.count > most {
        found.append(.invalid(path, value, "must have at most \(most) items"))
      }
      for (index, item) in items.enumerated() { check(item, schema["items"] ?? [:], at: "\(path)[\(index)]", old: nil, &found) }
    case ("object", .object(let members)): check(members, schema, at: path, old: old, &found)
    case (let type, _): found.append(.invalid(path, value, "must be of type \(type)"))
    }
  }

  private static func check(_ text: String, _ schema: JSONValue, at path: String, _ found: inout [FieldProblem]) {
    let value = JSONValue.text(text)
    if let choices = schema["enum"]?.items, !choices.contains(value) { found.append(.invalid(path, value, "unsupported value")) }
    if let least = schema["minLength"]?.integer, text.count < least {
      found.append(.invalid(path, value, "should be at least \(least) chars long"))
    }
    if let most = schema["maxLength"]?.integer, text.count > most {
      found.append(.invalid(path, value, "may not be more than \(most) bytes"))
    }
    if schema["format"]?.text == "date-time", Timestamp(text) == nil { found.append(.invalid(path, value, "must be of type date-time")) }
    guard let pattern = schema["pattern"]?.text else { return }
    // A pattern that can't be read refuses all, so that a test notices.
    let expression: Regex<AnyRegexOutput>? = try? Regex(pattern)
    if expression.map({ text.contains($0) }) != true { found.append(.invalid(path, value, "should match '\(pattern)'")) }
  }

  private static func check(
    _ members: [String: JSONValue], _ schema: JSONValue, at path: String, old: JSONValue?, _ found: inout [FieldProblem]
  ) {
    for name in schema["required"]?.items?.compactMap(\.text) ?? [] where members[name] == nil {
      found.append(.required("\(path).\(name)"))
    }
    if let most = schema["maxProperties"]?.integer, members.count > most {
      found.append(.invalid(path, .object(members), "must have at most \(most) items"))
    }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      guard let property = schema["properties", name] ?? schema["additionalProperties"] else { continue }
      check(member, property, at: "\(path).\(name)", old: old?[name], &found)
    }
    guard let old else { return }
    for rule in schema["x-kubernetes-validations"]?.items ?? [] {
      // Of CEL only this form is known: a field stays as it was.
      guard let match = rule["rule"]?.text?.wholeMatch(of: /self\.(\w+) == oldSelf\.(\w+)/), match.1 == match.2 else {
        found.append(.forbidden(path, "the double does not know the rule \(rule["rule"]?.text ?? "")"))
        continue
      }
      let name = String(match.1)
      if members[name] != old[name] { found.append(.invalid(path, members[name] ?? .null, rule["message"]?.text ?? "failed rule")) }
    }
  }
}
