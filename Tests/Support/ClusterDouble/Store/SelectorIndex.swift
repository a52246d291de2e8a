/// Which Services select an object with certain labels, without looking at all Services.
///
/// A selector is filed under one of its pairs, the one with the fewest others: an object that it selects has that pair too.
struct SelectorIndex: Sendable {
  private struct Entry: Sendable {
    let selector: [String: String]
    let pair: Table.LabelPair
  }

  private var entries: [ObjectName: Entry] = [:]
  private var filed: [Table.LabelPair: Set<String>] = [:]

  mutating func set(_ selector: [String: String], for name: ObjectName) {
    guard entries[name]?.selector != selector else { return }
    if let old = entries.removeValue(forKey: name) {
      filed[old.pair]?.remove(name.name)
      if filed[old.pair]?.isEmpty == true { filed[old.pair] = nil }
    }
    let pairs = selector.sorted { $0.key < $1.key }.map { Table.LabelPair(namespace: name.namespace, key: $0.key, value: $0.value) }
    guard let pair = pairs.min(by: { filed[$0]?.count ?? 0 < filed[$1]?.count ?? 0 }) else { return }
    entries[name] = Entry(selector: selector, pair: pair)
    filed[pair, default: []].insert(name.name)
  }

  /// In the order of their names.
  func selecting(_ labels: [String: String], in namespace: String) -> [ObjectName] {
    var found: [ObjectName] = []
    for (key, value) in labels {
      for candidate in filed[Table.LabelPair(namespace: namespace, key: key, value: value)] ?? [] {
        let name = ObjectName(namespace, candidate)
        guard let entry = entries[name], entry.selector.allSatisfy({ labels[$0.key] == $0.value }) else { continue }
        found.append(name)
      }
    }
    return found.sorted()
  }
}
