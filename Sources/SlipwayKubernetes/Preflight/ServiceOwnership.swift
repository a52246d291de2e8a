import SlipwayModel

/// What it means for a rollout that a Service with the service's name is there already.
package enum ServiceOwnership: Hashable, Sendable {
  /// There is none, or it selects pods as Slipway has it.
  case own
  /// It selects other pods; words that say what will become of it.
  case adopted(String)
  /// Traffic can't be moved by it.
  case unsuitable(SlipwayError)

  /// - Parameter present: the Service; `nil` when there is none.
  package init(of service: ManagedService, present: ObjectDocument?) {
    guard let present else {
      self = .own
      return
    }
    if let other = present.labels[Label.environment], other != service.key.environment.description {
      self = .unsuitable(
        RouteConflicts.conflict(
          "\(service.root) belongs to the environment '\(other)' of Slipway",
          remedy: "give the environments namespaces of their own: `namespace` of '\(service.key.environment)'"))
      return
    }
    let type = present.spec?["type"]?.text ?? "ClusterIP"
    guard type != "ExternalName" else {
      self = .unsuitable(
        RouteConflicts.conflict(
          "\(service.root) is of the type ExternalName, which leads to a name and to no pods", remedy: "delete it, or rename the service"))
      return
    }
    guard service.selection(of: present) == nil else {
      self = .own
      return
    }
    let selector = (present.spec?["selector"]?.members ?? [:]).compactMapValues(\.text).sorted { $0.key < $1.key }
    let words = selector.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    self = .adopted(
      "\(service.root) is there already and selects \(words.isEmpty ? "nothing" : words): it will be adopted. Its selector is replaced "
        + "when the first release gets traffic; everything else of it stays as it is")
  }
}
