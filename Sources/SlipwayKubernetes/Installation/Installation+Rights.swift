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

  /// What the controller of Releases needs in a namespace that it watches, beside what rollouts do.
  func releaseRole(in namespace: Name) -> ObjectDocument {
    var role = document(.role, "slipway-releases", in: namespace.description)
    role.json["rules"] = .list(Self.rules(RequiredRights.questionsForReleases(in: namespace)))
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

  /// The same rights give the same rules, in whatever order they are asked for.
  private static func rules(_ questions: [AccessQuestion]) -> [JSONValue] {
    func place(_ question: AccessQuestion) -> [String] {
      let verb = verbs.firstIndex(of: question.verb) ?? verbs.count
      return [question.kind.group, question.kind.plural, question.subresource ?? "", question.name ?? "", String(verb)]
    }
    return RequiredRights.rules(questions.sorted { place($0).lexicographicallyPrecedes(place($1)) }).map(\.json)
  }

  func binding(of role: String, in namespace: String) -> ObjectDocument {
    var binding = document(.roleBinding, role, in: namespace)
    binding.json["roleRef"] = ["apiGroup": .text(ResourceKind.role.group), "kind": "Role", "name": .text(role)]
    binding.json["subjects"] = [["kind": "ServiceAccount", "name": .text(Self.name), "namespace": .text(self.namespace)]]
    return binding
  }
}
