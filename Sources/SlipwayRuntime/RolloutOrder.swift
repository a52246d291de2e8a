import SlipwayModel

/// The ids of all rollouts that are known, in order of their start, which is that of the journal; for each key as well, so that what
/// concerns one service does not look at those of all others.
struct RolloutOrder {
  private(set) var ids: [String] = []
  private var keyOfID: [String: DeploymentKey] = [:]
  private var idsOfKey: [DeploymentKey: [String]] = [:]

  func contains(_ id: String) -> Bool { keyOfID[id] != nil }

  /// Those of which any rollout is known.
  var keys: [DeploymentKey] { Array(idsOfKey.keys) }

  func ids(of key: DeploymentKey) -> [String] { idsOfKey[key] ?? [] }

  /// Adds the newest.
  mutating func append(_ id: String, of key: DeploymentKey) {
    guard keyOfID.updateValue(key, forKey: id) == nil else { return }
    ids.append(id)
    idsOfKey[key, default: []].append(id)
  }

  mutating func remove(_ id: String) {
    guard let key = keyOfID.removeValue(forKey: id) else { return }
    ids.removeAll { $0 == id }
    idsOfKey[key]?.removeAll { $0 == id }
    if idsOfKey[key]?.isEmpty == true { idsOfKey[key] = nil }
  }

  /// Brings them into the order of the journal's streams; those that it does not name are the newest.
  mutating func sort(like journal: [String]) {
    let places = Dictionary(journal.enumerated().map { ($1, $0) }) { first, _ in first }
    ids.sort { places[$0, default: .max] < places[$1, default: .max] }
    idsOfKey = [:]
    for id in ids { keyOfID[id].map { idsOfKey[$0, default: []].append(id) } }
  }
}
