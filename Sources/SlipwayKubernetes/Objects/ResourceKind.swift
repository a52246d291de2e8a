import SlipwayModel

/// A kind of object that an API server stores, as its REST paths need it.
package struct ResourceKind: Hashable, Sendable {
  /// Empty for the core group.
  package let group: String
  package let version: String
  package let kind: String
  /// The lower-case plural in REST paths.
  package let plural: String
  package let isNamespaced: Bool

  package init(group: String = "", version: String = "v1", kind: String, plural: String, isNamespaced: Bool = true) {
    self.group = group
    self.version = version
    self.kind = kind
    self.plural = plural
    self.isNamespaced = isNamespaced
  }

  /// `v1`, or `apps/v1`.
  package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  package static let namespace = ResourceKind(kind: "Namespace", plural: "namespaces", isNamespaced: false)
  package static let pod = ResourceKind(kind: "Pod", plural: "pods")
  package static let service = ResourceKind(kind: "Service", plural: "services")
  package static let configMap = ResourceKind(kind: "ConfigMap", plural: "configmaps")
  package static let secret = ResourceKind(kind: "Secret", plural: "secrets")
  package static let event = ResourceKind(kind: "Event", plural: "events")
  package static let resourceQuota = ResourceKind(kind: "ResourceQuota", plural: "resourcequotas")
  package static let deployment = ResourceKind(group: "apps", kind: "Deployment", plural: "deployments")
  package static let replicaSet = ResourceKind(group: "apps", kind: "ReplicaSet", plural: "replicasets")
  package static let endpointSlice = ResourceKind(group: "discovery.k8s.io", kind: "EndpointSlice", plural: "endpointslices")
  package static let lease = ResourceKind(group: "coordination.k8s.io", kind: "Lease", plural: "leases")
  package static let horizontalPodAutoscaler = ResourceKind(
    group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers")
  package static let podDisruptionBudget = ResourceKind(group: "policy", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets")
  package static let ingress = ResourceKind(group: "networking.k8s.io", kind: "Ingress", plural: "ingresses")
  package static let virtualService = ResourceKind(group: "networking.istio.io", kind: "VirtualService", plural: "virtualservices")
  package static let destinationRule = ResourceKind(group: "networking.istio.io", kind: "DestinationRule", plural: "destinationrules")
  package static let httpRoute = ResourceKind(group: "gateway.networking.k8s.io", kind: "HTTPRoute", plural: "httproutes")
  package static let accessReview = ResourceKind(
    group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", plural: "selfsubjectaccessreviews", isNamespaced: false)
}

/// Which object: its kind, namespace and name.
package struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
  package let kind: ResourceKind
  /// `nil` for kinds without namespaces.
  package let namespace: String?
  package let name: String

  package init(_ kind: ResourceKind, namespace: String?, name: String) {
    self.kind = kind
    self.namespace = kind.isNamespaced ? namespace : nil
    self.name = name
  }

  /// `Deployment production/api-blue`.
  package var description: String { "\(kind.kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }
}
