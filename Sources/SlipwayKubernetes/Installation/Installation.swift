import SlipwayModel

/// What `slipway serve` needs to run inside a cluster, object by object; a pure function of its settings.
package struct Installation: Hashable, Sendable {
  /// Of the server itself: its pod, Lease and volume.
  package let namespace: String
  /// An image with the program `slipway` in its path.
  package let image: String
  /// Whether the namespace is made too.
  package let makesNamespace: Bool
  /// How much the journal's volume has: a quantity such as `1Gi`.
  package let storage: String
  /// `nil`: the cluster's default.
  package let storageClass: String?
  /// Where the server is to deploy to: one for each service of each environment.
  package let places: [KubernetesSpec]
  /// Whose Releases the server carries out; empty: it knows of none, and neither does the cluster.
  package let releaseNamespaces: [Name]

  package init(
    namespace: String, image: String, makesNamespace: Bool = false, storage: String = "1Gi", storageClass: String? = nil,
    places: [KubernetesSpec], releaseNamespaces: [Name] = []
  ) {
    (self.namespace, self.image, self.makesNamespace) = (namespace, image, makesNamespace)
    (self.storage, self.storageClass, self.places) = (storage, storageClass, places)
    self.releaseNamespaces = Set(releaseNamespaces).sorted()
  }

  static let name = "slipway"
  static let port = 7433

  /// In the order in which they are to be made.
  package var objects: [ObjectDocument] {
    var objects: [ObjectDocument] = []
    if makesNamespace { objects.append(ObjectDocument(ObjectKey(.namespace, namespace: nil, name: namespace), labels: namespaceLabels)) }
    if !releaseNamespaces.isEmpty { objects.append(ReleaseDefinition.manifest) }
    objects += [account, leaderRole, binding(of: "slipway-leader", in: namespace)]
    for place in rolloutNamespaces {
      objects += [rolloutRole(in: place), binding(of: "slipway-rollouts", in: place.description)]
    }
    for place in releaseNamespaces {
      objects += [releaseRole(in: place), binding(of: "slipway-releases", in: place.description)]
    }
    return objects + [volume, deployment, service]
  }

  /// The namespace may be held to the strictest of the Pod Security Standards.
  private var namespaceLabels: [String: String] {
    labels.merging(["pod-security.kubernetes.io/enforce": "restricted"]) { $1 }
  }

  var labels: [String: String] {
    [Label.name: Self.name, "app.kubernetes.io/component": "server"]
  }

  func document(_ kind: ResourceKind, _ name: String, in namespace: String? = nil) -> ObjectDocument {
    ObjectDocument(ObjectKey(kind, namespace: namespace ?? self.namespace, name: name), labels: labels)
  }

  private var account: ObjectDocument {
    var account = document(.serviceAccount, Self.name)
    // Whoever else runs in the namespace does not get these rights by accident: the pod asks for its token itself.
    account.json["automountServiceAccountToken"] = false
    return account
  }

  private var volume: ObjectDocument {
    var claim = document(.persistentVolumeClaim, "slipway-journal")
    var spec: JSONValue = ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": .text(storage)]]]
    spec["storageClassName"] = storageClass.map { .text($0) }
    claim.json["spec"] = spec
    return claim
  }

  private var service: ObjectDocument {
    var service = document(.service, Self.name)
    service.json["spec"] = [
      "type": "ClusterIP", "selector": .texts(labels),
      "ports": [["name": "api", "port": .integer(Self.port), "protocol": "TCP", "targetPort": "api"]],
    ]
    return service
  }
}

extension ResourceKind {
  static let serviceAccount = ResourceKind(kind: "ServiceAccount", plural: "serviceaccounts")
  static let persistentVolumeClaim = ResourceKind(kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims")
  static let role = ResourceKind(group: "rbac.authorization.k8s.io", kind: "Role", plural: "roles")
  static let roleBinding = ResourceKind(group: "rbac.authorization.k8s.io", kind: "RoleBinding", plural: "rolebindings")
}
