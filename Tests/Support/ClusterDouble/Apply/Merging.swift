import SlipwayModel

extension ListSchema {
  /// What is stored with what is applied laid over it: objects field by field, keyed lists item by item, everything else replaced.
  func merge(_ live: JSONValue, _ applied: JSONValue, path: [String] = []) -> JSONValue {
    switch (live, applied) {
    case (.object(var members), .object(let new)) where !isAtomicObject(at: path):
      for (name, value) in new { members[name] = members[name].map { merge($0, value, path: path + [name]) } ?? value }
      return .object(members)
    case (.list(let items), .list(let new)):
      switch list(at: path) {
      case .atomic: return applied
      case .set: return .list(items + new.filter { !items.contains($0) })
      case .keyed(let keys, let defaults):
        var result = items
        for item in new {
          let wanted = key(of: item, keys, defaults)
          if let index = result.firstIndex(where: { key(of: $0, keys, defaults) == wanted }) {
            result[index] = merge(result[index], item, path: path)
          } else {
            result.append(item)
          }
        }
        return .list(result)
      }
    default: return applied
    }
  }

  /// Takes fields away, unless `kept` has them or something below them.
  func remove(_ fields: FieldSet, from value: JSONValue, keeping kept: FieldSet, path: [String] = []) -> JSONValue {
    switch value {
    case .object(var members):
      for case (.field(let name), let below) in fields.children {
        guard let member = members[name] else { continue }
        let keptBelow = kept[.field(name)]
        if below.isMember, keptBelow.isEmpty {
          members[name] = nil
        } else if !below.children.isEmpty {
          let rest = remove(below, from: member, keeping: keptBelow, path: path + [name])
          let becameVoid = Optional(rest).isVoid && !Optional(member).isVoid && (isMap(at: path + [name]) || rest.items != nil)
          members[name] = becameVoid ? nil : rest
        }
      }
      return .object(members)
    case .list(let items):
      switch list(at: path) {
      case .atomic: return value
      case .set:
        return .list(
          items.filter { item in
            let element = PathElement.value(JSONWriter.text(item))
            return !fields[element].isMember || kept[element].isMember
          })
      case .keyed(let keys, let defaults):
        return .list(
          items.compactMap { item in
            guard let key = key(of: item, keys, defaults), let below = fields.children[key] else { return item }
            if below.isMember, kept[key].isEmpty { return nil }
            return remove(below, from: item, keeping: kept[key], path: path)
          })
      }
    case .null, .flag, .integer, .decimal, .text: return value
    }
  }
}
