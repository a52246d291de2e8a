import SlipwayModel

extension ClusterState {
  /// Whether the caller may do something, by the faults that forbid (`authorization.k8s.io/v1`, `SelfSubjectAccessReview`).
  func accessReview(_ review: JSONValue) -> JSONValue {
    let asked = review["spec", "resourceAttributes"] ?? [:]
    let plural = asked["resource"]?.text ?? ""
    let resource = asked["subresource"]?.text.map { $0.isEmpty ? plural : "\(plural)/\($0)" } ?? plural
    let call = Call(
      verb: asked["verb"]?.text ?? "", resource: resource, group: asked["group"]?.text ?? "", namespace: asked["namespace"]?.text,
      name: asked["name"]?.text)
    let isAllowed = !faults.forbids(call)
    var answer = review
    answer["apiVersion"] = "authorization.k8s.io/v1"
    answer["kind"] = "SelfSubjectAccessReview"
    answer["status"] = ["allowed": .flag(isAllowed), "reason": .text(isAllowed ? "RBAC: allowed" : "")]
    return answer
  }
}
