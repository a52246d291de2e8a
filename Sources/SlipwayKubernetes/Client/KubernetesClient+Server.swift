import SlipwayModel

/// Which version an API server has.
package struct ServerVersion: Hashable, Sendable {
  package let major: Int
  package let minor: Int
  /// `v1.33.2+k3s1`.
  package let text: String

  /// The oldest that knows every field of what Slipway applies: `preStop.sleep` of containers came with 1.30 (KEP-3960), and
  /// `unhealthyPodEvictionPolicy` of PodDisruptionBudgets with 1.27 (KEP-3017).
  static let oldest = (major: 1, minor: 30)

  var isNewEnough: Bool { (major, minor) >= Self.oldest }

  var tooOld: SlipwayError {
    SlipwayError(
      .clusterTooOld, .refused,
      "the API server is \(text), and Slipway needs \(Self.oldest.major).\(Self.oldest.minor) or later: an older one does not know all "
        + "fields of what is applied",
      remedy: "upgrade the cluster, or choose another one with `cluster.context`")
  }
}

/// A right that may be asked about.
package struct AccessQuestion: Hashable, Sendable {
  /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
  package let verb: String
  package let kind: ResourceKind
  /// `nil`: in all.
  package let namespace: String?
  /// `nil`: all of them.
  package let name: String?
  /// `log`, `status`, `scale`.
  package let subresource: String?

  package init(_ verb: String, _ kind: ResourceKind, in namespace: String?, name: String? = nil, subresource: String? = nil) {
    (self.verb, self.kind, self.namespace, self.name, self.subresource) = (verb, kind, namespace, name, subresource)
  }
}

/// What the API server says of a right.
package struct AccessAnswer: Hashable, Sendable {
  package let isAllowed: Bool
  /// May be empty.
  package let reason: String
}

extension KubernetesClient {
  /// Which version the API server has; `nil` when it does not say, as one does that was built without being told.
  package func serverVersion(_ call: ClusterCall) async throws -> ServerVersion? {
    let answer = try await exchange(ClusterRequest(path: "/version"), call)
    // Some providers write the minor version as `33+`.
    func number(_ name: String) -> Int? { (answer[name]?.text).flatMap { Int($0.prefix(while: \.isNumber)) } }
    guard let major = number("major"), let minor = number("minor") else { return nil }
    return ServerVersion(major: major, minor: minor, text: answer["gitVersion"]?.text ?? "v\(major).\(minor)")
  }

  /// Whether the API server knows this kind in this version.
  package func serves(_ kind: ResourceKind, _ call: ClusterCall) async throws -> Bool {
    let path = kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.group)/\(kind.version)"
    let answer = try await sender.send(ClusterRequest(path: path), for: call, mayBeRepeated: true)
    if answer.status == 404 { return false }
    let resources = try json(answer, call, about: nil)["resources"]?.items ?? []
    return resources.contains { $0["kind"]?.text == kind.kind && $0["name"]?.text == kind.plural }
  }

  /// Asks whether the client itself may do something (SelfSubjectAccessReview); creates nothing.
  package func mayI(_ question: AccessQuestion, _ call: ClusterCall) async throws -> AccessAnswer {
    var attributes: [String: JSONValue] = [
      "verb": .text(question.verb), "group": .text(question.kind.group), "version": .text(question.kind.version),
      "resource": .text(question.kind.plural),
    ]
    attributes["namespace"] = question.namespace.map { .text($0) }
    attributes["name"] = question.name.map { .text($0) }
    attributes["subresource"] = question.subresource.map { .text($0) }
    let kind = ResourceKind.accessReview
    let review: JSONValue = [
      "apiVersion": .text(kind.apiVersion), "kind": .text(kind.kind), "spec": ["resourceAttributes": .object(attributes)],
    ]
    let request = ClusterRequest(method: .post, path: Self.path(of: kind, in: nil), body: JSONWriter.bytes(of: review))
    let answer = try await exchange(request, call)
    guard let isAllowed = answer[path: ["status", "allowed"]]?.flag else {
      throw SlipwayError.clusterAnswer("can't \(call.purpose): the API server does not say whether it is allowed")
    }
    return AccessAnswer(isAllowed: isAllowed, reason: answer[path: ["status", "reason"]]?.text ?? "")
  }

  /// The last lines that a container has printed.
  ///
  /// - Parameters:
  ///   - container: needed when the pod has more than one.
  ///   - previous: of the run before the present one, which has crashed.
  ///   - lines: the most to get; in bytes it is never more than 1 MiB.
  /// - Returns: `nil` when there is no such pod, or no such run of the container.
  package func logs(
    of pod: ObjectKey, container: String? = nil, previous: Bool = false, lines: Int = 20, _ call: ClusterCall
  ) async throws -> [String]? {
    var request = ClusterRequest(
      path: try Self.path(of: pod, "log"), query: [(name: "tailLines", value: String(lines)), (name: "limitBytes", value: "1048576")],
      accept: "text/plain, application/json, */*")
    if let container { request.query.append((name: "container", value: container)) }
    if previous { request.query.append((name: "previous", value: "true")) }
    let answer = try await sender.send(request, for: call, mayBeRepeated: true)
    if answer.status == 404, status(answer).namesMissingObject { return nil }
    // Before a container has run there is nothing, and that is called a bad request.
    if answer.status == 400 { return nil }
    guard answer.status == 200 else { throw status(answer).error(call.purpose, about: pod) }
    let text = String(decoding: answer.body, as: UTF8.self)
    return text.split(separator: "\n").suffix(lines).map(String.init)
  }
}
