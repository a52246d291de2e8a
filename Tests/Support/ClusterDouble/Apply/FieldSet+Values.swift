import SlipwayModel

extension FieldSet {
  /// The fields that a configuration names: scalars, what is owned as a whole, items of lists by key, empty objects
  /// (structured-merge-diff, `typed.ToFieldSet`).
  init(of value: JSONValue, schema: ListSchema, path: [String] = []) {
    switch value {
    case .object(let members):
      guard !members.isEmpty, !schema.isAtomicObject(at: path) else {
        isMember = !path.isEmpty
        return
      }
      for (name, child) in members { self[.field(name)] = FieldSet(of: child, schema: schema, path: path + [name]) }
    case .list(let items):
      switch schema.list(at: path) {
      case .atomic: isMember = true
      case .set: for item in items { self[.value(JSONWriter.text(item))] = .leaf }
      case .keyed(let keys, let defaults):
        if items.isEmpty { isMember = true }
        for item in items {
          guard let key = schema.key(of: item, keys, defaults) else { continue }
          var child = FieldSet(of: item, schema: schema, path: path)
          child.isMember = true
          self[key] = child
        }
      }
    case .null, .flag, .integer, .decimal, .text: isMember = true
    }
  }

  /// The fields in which two versions of an object differ (structured-merge-diff, `typed.Compare`).
  static func differences(_ old: JSONValue, _ new: JSONValue, schema: ListSchema) -> (changed: FieldSet, removed: FieldSet) {
    var comparison = Comparison(schema: schema)
    comparison.compare(old, new, [], &comparison.changed, &comparison.removed)
    return (comparison.changed, comparison.removed)
  }
}

private struct Comparison {
  let schema: ListSchema
  var changed = FieldSet()
  var removed = FieldSet()

  init(schema: ListSchema) { self.schema = schema }

  func compare(_ old: JSONValue?, _ new: JSONValue?, _ path: [String], _ changed: inout FieldSet, _ removed: inout FieldSet) {
    guard old != new else { return }
    guard let new, new != .null else {
      if let old { removed = removed.union(whole(old, path)) }
      return
    }
    guard let old, old != .null else {
      changed = changed.union(whole(new, path))
      return
    }
    switch (old, new) {
    case (.object(let before), .object(let after)) where !schema.isAtomicObject(at: path):
      for name in Set(before.keys).union(after.keys) {
        descend(.field(name), before[name], after[name], path + [name], &changed, &removed)
      }
    case (.list(let before), .list(let after)):
      switch schema.list(at: path) {
      case .atomic: changed.isMember = true
      case .set:
        for item in after where !before.contains(item) { changed[.value(JSONWriter.text(item))] = .leaf }
        for item in before where !after.contains(item) { removed[.value(JSONWriter.text(item))] = .leaf }
      case .keyed(let keys, let defaults):
        let old = items(before, keys, defaults)
        let new = items(after, keys, defaults)
        for key in Set(old.keys).union(new.keys) { descend(key, old[key], new[key], path, &changed, &removed) }
      }
    default: changed.isMember = true
    }
  }

  private func descend(
    _ element: PathElement, _ old: JSONValue?, _ new: JSONValue?, _ path: [String], _ changed: inout FieldSet, _ removed: inout FieldSet
  ) {
    guard old != new else { return }
    var changedBelow = FieldSet()
    var removedBelow = FieldSet()
    compare(old, new, path, &changedBelow, &removedBelow)
    if case .key = element {
      if old == nil { changedBelow.isMember = true }
      if new == nil { removedBelow.isMember = true }
    }
    changed[element] = changedBelow
    removed[element] = removedBelow
  }

  private func whole(_ value: JSONValue, _ path: [String]) -> FieldSet { FieldSet(of: value, schema: schema, path: path) }

  private func items(_ items: [JSONValue], _ keys: [String], _ defaults: [String: JSONValue]) -> [PathElement: JSONValue] {
    Dictionary(
      items.compactMap { item in schema.key(of: item, keys, defaults).map { ($0, item) } }, uniquingKeysWith: { $1 })
  }
}
