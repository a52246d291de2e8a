import SlipwayModel

/// What Slipway does in a cluster, right by right: what a Role has to allow, and what is asked for before a rollout.
package enum RequiredRights {
  /// Rights on one kind.
  private struct Grant {
    let kind: ResourceKind
    let subresource: String?
    let verbs: [String]

    init(_ kind: ResourceKind, _ verbs: [String], subresource: String? = nil) {
      (self.kind, self.verbs, self.subresource) = (kind, verbs, subresource)
    }
  }

  /// Looked at by watches, and written by server-side apply, for which a new object needs `create` as well.
  private static let managed = ["get", "list", "watch", "create", "patch"]
  private static let watched = ["list", "watch"]
  /// Somebody else's object, which is read anew before each write.
  private static let changed = ["get", "list", "watch", "patch"]
  private static let written = ["get", "create", "patch"]

  private static func grants(_ spec: KubernetesSpec) -> [Grant] {
    // A route names the slots' Services itself, so nobody watches a selector.
    let services = if case .gatewayAPI = spec.router { written } else { managed }
    var grants = [
      Grant(.namespace, ["get"]), Grant(.deployment, managed), Grant(.service, services), Grant(.replicaSet, watched),
      Grant(.pod, watched), Grant(.pod, ["get"], subresource: "log"), Grant(.endpointSlice, watched), Grant(.event, ["list"]),
      Grant(.secret, written), Grant(.podDisruptionBudget, written), Grant(.horizontalPodAutoscaler, ["get", "list", "patch"]),
    ]
    if spec.manifests != nil {
      // The configuration of releases that no slot has any more is deleted.
      grants += [Grant(.configMap, written + ["delete"]), Grant(.secret, ["delete"])]
    }
    switch spec.router {
    case .service, .replicas: break
    case .nginx: grants.append(Grant(.ingress, managed + ["delete"]))
    case .istio(let router):
      grants.append(Grant(.virtualService, changed))
      if router.destinationRule != nil { grants.append(Grant(.destinationRule, changed)) }
    case .gatewayAPI: grants.append(Grant(.httpRoute, changed))
    }
    return grants
  }

  /// Every right that a rollout with these settings uses, in its namespace.
  package static func questions(for spec: KubernetesSpec) -> [AccessQuestion] {
    let namespace = spec.namespace.description
    return grants(spec).flatMap { grant in
      grant.verbs.map { verb in
        // The API counts a namespace as an object in itself, so a Role in it can grant that.
        AccessQuestion(
          verb, grant.kind, in: namespace, name: grant.kind == .namespace ? namespace : nil, subresource: grant.subresource)
      }
    }
  }

  /// The kinds among them, each once.
  package static func kinds(for spec: KubernetesSpec) -> [ResourceKind] {
    grants(spec).filter { $0.subresource == nil }.map(\.kind)
  }

  /// One error for all rights that are missing; `nil` when none is.
  package static func problem(missing: [AccessQuestion], in namespace: Name) -> SlipwayError? {
    guard !missing.isEmpty else { return nil }
    let lines = rules(missing)
    let words = lines.map { "\($0.verbs.joined(separator: ", ")) \($0.resources.joined(separator: ", "))" }.joined(separator: "; ")
    return SlipwayError(
      .clusterForbidden, .broken, "the credentials for the cluster do not allow in the namespace '\(namespace)': \(words)",
      remedy: "add to the `rules` of a Role there that is bound to Slipway's user:\n" + lines.map(\.text).joined(separator: "\n"))
  }

  /// A rule of a Role.
  struct Rule {
    let group: String
    var resources: [String]
    /// The only object that is meant; `nil`: all of the kind.
    let object: String?
    var verbs: [String]

    var text: String {
      func list(_ items: [String]) -> String { "[" + items.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
      let names = object.map { ", resourceNames: \(list([$0]))" } ?? ""
      return "- {apiGroups: \(list([group])), resources: \(list(resources))\(names), verbs: \(list(verbs))}"
    }

    var json: JSONValue {
      func texts(_ items: [String]) -> JSONValue { .list(items.map { .text($0) }) }
      var json: JSONValue = ["apiGroups": texts([group]), "resources": texts(resources), "verbs": texts(verbs)]
      json["resourceNames"] = object.map { texts([$0]) }
      return json
    }
  }

  /// Resources of one group with the same verbs share a rule; one object of a kind has one of its own.
  static func rules(_ questions: [AccessQuestion]) -> [Rule] {
    var single: [Rule] = []
    for question in questions {
      let resource = question.kind.plural + (question.subresource.map { "/\($0)" } ?? "")
      let known = single.firstIndex {
        $0.group == question.kind.group && $0.resources == [resource] && $0.object == question.name
      }
      if let known {
        single[known].verbs.append(question.verb)
      } else {
        single.append(Rule(group: question.kind.group, resources: [resource], object: question.name, verbs: [question.verb]))
      }
    }
    var rules: [Rule] = []
    for one in single {
      if let index = rules.firstIndex(where: { $0.group == one.group && $0.object == one.object && $0.verbs == one.verbs }) {
        rules[index].resources += one.resources
      } else {
        rules.append(one)
      }
    }
    return rules
  }

  /// The rules that a Role needs for these settings, as lines of YAML.
  package static func role(for spec: KubernetesSpec) -> String {
    rules(questions(for: spec)).map(\.text).joined(separator: "\n")
  }
}
