import SlipwayModel

/// A service in a namespace, and the names and labels of all that belongs to it there.
package struct ManagedService: Hashable, Sendable {
  package let key: DeploymentKey
  package let namespace: Name
  /// The ports of the service's own Service and of both slots', as in `spec.ports`. They have to agree, since routes name them.
  package let ports: [JSONValue]

  /// Port 80 by the name `http`, which leads to the container's port of the same name.
  package static let defaultPorts: [JSONValue] = [["name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"]]

  /// - Throws: `SlipwayError` with code `kubernetes-name-too-long` when the names of the slots would be longer than the 63 characters
  ///   that a Service may have (RFC 1035 label).
  package init(key: DeploymentKey, namespace: Name, ports: [JSONValue] = defaultPorts) throws(SlipwayError) {
    let name = key.service.description
    let longest = 63 - "-green".count
    guard name.count <= longest else {
      throw SlipwayError(
        .kubernetesNameTooLong, .input,
        "service '\(name)' has a name of \(name.count) characters; with '-green' that is more than the 63 that a cluster allows",
        remedy: "choose a name of at most \(longest) characters")
    }
    // The API refuses a Service whose name begins with a digit, which a name in the file may.
    guard name.first?.isLetter == true else {
      throw SlipwayError(
        .kubernetesNameTooLong, .input, "service '\(name)' has a name that begins with a digit, which a Service in a cluster may not",
        remedy: "choose a name that begins with a letter")
    }
    self.key = key
    self.namespace = namespace
    self.ports = ports
  }

  /// The service's own Service: the address that others know.
  package var root: ObjectKey { object(.service, key.service.description) }
  /// The Service whose selector never changes.
  package func service(of slot: Slot) -> ObjectKey { object(.service, name(of: slot)) }
  package func deployment(of slot: Slot) -> ObjectKey { object(.deployment, name(of: slot)) }
  package func secret(of slot: Slot) -> ObjectKey { object(.secret, name(of: slot) + "-env") }
  package func disruptionBudget(of slot: Slot) -> ObjectKey { object(.podDisruptionBudget, name(of: slot)) }
  package func autoscaler(of slot: Slot) -> ObjectKey { object(.horizontalPodAutoscaler, name(of: slot)) }
  /// An object of this name in the service's namespace.
  package func object(_ kind: ResourceKind, _ name: String) -> ObjectKey { ObjectKey(kind, namespace: namespace.description, name: name) }
  /// `api-blue`.
  package func name(of slot: Slot) -> String { "\(key.service)-\(slot.rawValue)" }

  /// What selects the pods of one slot, whatever their release: a Deployment's selector can't be changed.
  package func selector(of slot: Slot) -> [String: String] {
    selector(of: .only(slot))
  }

  /// What a Service selects its pods by.
  package func selector(of selection: Selection) -> [String: String] {
    var labels = [Label.service: key.service.description, Label.environment: key.environment.description]
    switch selection {
    case .only(let slot): labels[Label.slot] = slot.rawValue
    case .nobody: labels[Label.slot] = "none"
    case .both: break
    }
    return labels
  }

  /// Labels of every object that Slipway makes for the service.
  package var labels: [String: String] {
    [
      Label.name: key.service.description, Label.managedBy: Label.slipway, Label.service: key.service.description,
      Label.environment: key.environment.description,
    ]
  }
}

/// Whose pods a Service selects.
package enum Selection: Hashable, Sendable {
  case only(Slot)
  case both
  /// No pod at all: before the first release.
  case nobody
}

extension SlipwayError.Code {
  package static let kubernetesNameTooLong = SlipwayError.Code("kubernetes-name-too-long")
}
