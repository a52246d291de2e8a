import SlipwayModel

extension Installation {
  /// Where the server deploys to, each once, by name.
  var rolloutNamespaces: [Name] { Set(places.map(\.namespace)).sorted() }

  /// What leading needs. A Lease that is not there yet has no name that a rule could be bound to.
  var leaderRole: ObjectDocument {
    var role = document(.role, "slipway-leader")
    role.json["rules"] = [
      ["apiGroups": [.text(ResourceKind.lease.group)], "resources": [.text(ResourceKind.lease.plural)], "verbs": ["create"]],
      [
        "apiGroups": [.text(ResourceKind.lease.group)], "resources": [.text(ResourceKind.lease.plural)],
        "resourceNames": [.text(Self.name)], "verbs": ["get", "update"],
      ],
    ]
    return role
  }

  /// What rollouts into a namespace need, by the routers of all services that go there.
  func rolloutRole(in namespace: Name) -> ObjectDocument {
    var role = document(.role, "slipway-rollouts", in: namespace.description)
    role.json["rules"] = .list(Self.rules(questions(in: namespace)))
    return role
  }

  /// Every right in a namespace once, in the order of the API's groups and resources.
  package func questions(in namespace: Name) -> [AccessQuestion] {
    var asked: [AccessQuestion] = []
    for place in places where place.namespace == namespace {
      for question in RequiredRights.questions(for: place) where !asked.contains(question) { asked.append(question) }
    }
    return asked + Self.looks(in: namespace)
  }

  /// What preflight looks at where it may: a rollout goes without, but then a quota that leaves no room is noticed only by its pods.
  private static func looks(in namespace: Name) -> [AccessQuestion] {
    [ResourceKind.resourceQuota, ResourceKind(kind: "LimitRange", plural: "limitranges")].map {
      AccessQuestion("list", $0, in: namespace.description)
    }
  }

  private static let verbs = ["get", "list", "watch", "create", "update", "patch", "delete"]

  private struct Resource: Hashable {
    let group: String
    let name: String
    let object: String?
  }

  /// Resources of one group with the same verbs share a rule; one object of a kind has one of its own.
  private static func rules(_ questions: [AccessQuestion]) -> [JSONValue] {
    var asked: [Resource: Set<String>] = [:]
    for question in questions {
      let name = question.kind.plural + (question.subresource.map { "/\($0)" } ?? "")
      asked[Resource(group: question.kind.group, name: name, object: question.name), default: []].insert(question.verb)
    }
    struct Shared: Hashable {
      let group: String
      let object: String?
      let verbs: [String]
    }
    var shared: [Shared: [String]] = [:]
    for (resource, granted) in asked {
      let rule = Shared(group: resource.group, object: resource.object, verbs: verbs.filter { granted.contains($0) })
      shared[rule, default: []].append(resource.name)
    }
    let sorted = shared.map { ($0.key, $0.value.sorted()) }
      .sorted { ($0.0.group, $0.1.joined(separator: " ")) < ($1.0.group, $1.1.joined(separator: " ")) }
    return sorted.map { rule, resources in
      var json: JSONValue = ["apiGroups": [.text(rule.group)], "resources": texts(resources), "verbs": texts(rule.verbs)]
      json["resourceNames"] = rule.object.map { [.text($0)] }
      return json
    }
  }

  private static func texts(_ items: [String]) -> JSONValue { .list(items.map { .text($0) }) }

  func binding(of role: String, in namespace: String) -> ObjectDocument {
    var binding = document(.roleBinding, role, in: namespace)
    binding.json["roleRef"] = ["apiGroup": .text(ResourceKind.role.group), "kind": "Role", "name": .text(role)]
    binding.json["subjects"] = [["kind": "ServiceAccount", "name": .text(Self.name), "namespace": .text(self.namespace)]]
    return binding
  }
}
