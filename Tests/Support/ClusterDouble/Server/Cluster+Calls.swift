import SlipwayModel

/// Shorthands for tests.
extension Cluster {
  /// The objects of a kind in a namespace with these labels.
  package func objects(_ kind: String, _ namespace: String, labels: [String: String] = [:]) -> [JSONValue] {
    with { $0.objects(kind, namespace, labels: labels) }
  }

  package func object(_ kind: String, _ namespace: String, _ name: String) -> JSONValue? {
    with { $0.object(kind, namespace, name) }
  }

  package func inject(_ fault: FaultRule) { with { $0.faults.add(fault) } }

  /// Takes a fault back by its name.
  package func heal(_ name: String) { with { $0.faults.remove(name) } }

  /// How often each call was made so far.
  package var calls: [APICall: Int] { with { $0.calls } }
}
