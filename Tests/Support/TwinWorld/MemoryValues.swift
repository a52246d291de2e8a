import SlipwayModel
import SlipwayPorts

/// A value store in memory that can lose what it has.
package actor MemoryValues: ValueStore {
  private let sealer = ValueSeal(key: "a key for tests".utf8)
  package private(set) var kept: [KeyedDigest: [String: String]] = [:]

  package init() {}

  /// Forgets everything, as a state folder does whose files somebody removed.
  package func lose() { kept = [:] }

  package func seal(_ values: [String: String]) -> ValueSet { sealer.seal(values) }

  package func keep(_ values: [String: String]) -> ValueSet {
    let set = sealer.seal(values)
    kept[set.id] = values
    return set
  }

  package func values(of set: ValueSet) throws -> [String: String] {
    guard let values = kept[set.id] else {
      throw SlipwayError(.valuesMissing, .broken, "there is no value set \(set.id)", remedy: "restore it")
    }
    return values
  }
}
