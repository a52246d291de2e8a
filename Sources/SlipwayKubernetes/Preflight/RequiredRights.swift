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
    var grants = [
      Grant(.namespace, ["get"]), Grant(.deployment, managed), Grant(.service, managed), Grant(.replicaSet, watched),
      Grant(.pod, watched), Grant(.pod, ["get"], subresource: "log"), Grant(.endpointSlice, watched), Grant(.event, ["list"]),
      Grant(.secret, written), Grant(.podDisruptionBudget, written), Grant(.horizontalPodAutoscaler, ["get", "list", "patch"]),
    ]
    if spec.manifests != nil { grants.append(Grant(.configMap, written)) }
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
  private struct Rule {
    let group: String
    let resources: [String]
    let verbs: [String]

    var text: String {
      func list(_ items: [String]) -> String { "[" + items.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
      return "- {apiGroups: \(list([group])), resources: \(list(resources)), verbs: \(list(verbs))}"
    }
  }

  /// Resources of one group with the same verbs share a rule.
  private static func rules(_ missing: [AccessQuestion]) -> [Rule] {
    var verbs: [(group: String, resource: String, verbs: [String])] = []
    for question in missing {
      let resource = question.kind.plural + (question.subresource.map { "/\($0)" } ?? "")
      if let index = verbs.firstIndex(where: { $0.group == question.kind.group && $0.resource == resource }) {
        verbs[index].verbs.append(question.verb)
      } else {
        verbs.append((question.kind.group, resource, [question.verb]))
      }
    }
    var rules: [Rule] = []
    for entry in verbs {
      if let index = rules.firstIndex(where: { $0.group == entry.group && $0.verbs == entry.verbs }) {
        rules[index] = Rule(group: entry.group, resources: rules[index].resources + [entry.resource], verbs: entry.verbs)
      } else {
        rules.append(Rule(group: entry.group, resources: [entry.resource], verbs: entry.verbs))
      }
    }
    return rules
  }

  /// The rules that a Role needs for these settings, as lines of YAML.
  package static func role(for spec: KubernetesSpec) -> String {
    rules(questions(for: spec)).map(\.text).joined(separator: "\n")
  }
}
