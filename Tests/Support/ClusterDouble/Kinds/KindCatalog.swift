import SlipwayModel

/// The kinds that are served: those of Kubernetes and of the routers, and those that a CustomResourceDefinition adds.
package struct KindCatalog: Sendable {
  package private(set) var kinds: [KindInfo]
  private var byPath: [String: KindID] = [:]
  private var byName: [String: KindID] = [:]

  init() {
    kinds = []
    for kind in Self.builtIn { add(kind) }
  }

  @discardableResult
  mutating func add(_ kind: KindInfo) -> KindID {
    if let known = byPath["\(kind.apiVersion)/\(kind.plural)"] { return known }
    let id = KindID(index: kinds.count)
    kinds.append(kind)
    byPath["\(kind.apiVersion)/\(kind.plural)"] = id
    byName["\(kind.apiVersion)/\(kind.kind)"] = id
    return id
  }

  subscript(_ id: KindID) -> KindInfo { kinds[id.index] }

  func find(apiVersion: String, plural: String) -> KindID? { byPath["\(apiVersion)/\(plural)"] }
  func find(apiVersion: String, kind: String) -> KindID? { byName["\(apiVersion)/\(kind)"] }

  private static let builtIn: [KindInfo] = [
    // The order of the first sixteen is that of the constants in `KindID`.
    KindInfo("v1", "Namespace", "namespaces", namespaced: false, status: true),
    KindInfo("v1", "Pod", "pods", status: true, generations: true),
    KindInfo("v1", "Service", "services", status: true),
    KindInfo("v1", "Event", "events"),
    KindInfo("v1", "ResourceQuota", "resourcequotas", status: true),
    KindInfo("apps/v1", "Deployment", "deployments", status: true, scale: true, generations: true),
    KindInfo("apps/v1", "ReplicaSet", "replicasets", status: true, scale: true, generations: true),
    KindInfo("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", generations: true),
    KindInfo("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", status: true),
    KindInfo("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", custom: true, status: true, generations: true),
    KindInfo("networking.k8s.io/v1", "Ingress", "ingresses", status: true, generations: true),
    KindInfo("networking.istio.io/v1", "VirtualService", "virtualservices", custom: true, status: true, generations: true),
    KindInfo("networking.istio.io/v1", "DestinationRule", "destinationrules", custom: true, status: true, generations: true),
    KindInfo("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", namespaced: false),
    KindInfo(
      "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false, status: true,
      generations: true),
    KindInfo("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", status: true, generations: true),
    KindInfo("v1", "ConfigMap", "configmaps"),
    KindInfo("v1", "Secret", "secrets"),
    KindInfo("v1", "ServiceAccount", "serviceaccounts"),
    KindInfo("v1", "LimitRange", "limitranges"),
    KindInfo("v1", "PersistentVolumeClaim", "persistentvolumeclaims", status: true),
    KindInfo("v1", "Node", "nodes", namespaced: false, status: true),
    KindInfo("coordination.k8s.io/v1", "Lease", "leases"),
    KindInfo("gateway.networking.k8s.io/v1", "Gateway", "gateways", custom: true, status: true, generations: true),
    KindInfo("networking.k8s.io/v1", "IngressClass", "ingressclasses", namespaced: false, generations: true),
    KindInfo("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", generations: true),
    KindInfo("apps/v1", "StatefulSet", "statefulsets", status: true, scale: true, generations: true),
    KindInfo("apps/v1", "DaemonSet", "daemonsets", status: true, generations: true),
    KindInfo("rbac.authorization.k8s.io/v1", "Role", "roles"),
    KindInfo("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
    KindInfo("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced: false),
    KindInfo("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced: false),
  ]
}

extension KindID {
  package static let namespace = KindID(index: 0)
  package static let pod = KindID(index: 1)
  package static let service = KindID(index: 2)
  package static let event = KindID(index: 3)
  package static let resourceQuota = KindID(index: 4)
  package static let deployment = KindID(index: 5)
  package static let replicaSet = KindID(index: 6)
  package static let endpointSlice = KindID(index: 7)
  package static let autoscaler = KindID(index: 8)
  package static let httpRoute = KindID(index: 9)
  package static let ingress = KindID(index: 10)
  package static let virtualService = KindID(index: 11)
  package static let destinationRule = KindID(index: 12)
  package static let accessReview = KindID(index: 13)
  package static let definition = KindID(index: 14)
  package static let disruptionBudget = KindID(index: 15)
}
