import SlipwayModel

extension RequiredRights {
  /// What the controller of Releases does in a namespace that it watches, beside what each rollout needs.
  package static func questionsForReleases(in namespace: Name) -> [AccessQuestion] {
    func ask(_ kind: ResourceKind, _ verbs: [String], _ subresource: String? = nil) -> [AccessQuestion] {
      verbs.map { AccessQuestion($0, kind, in: namespace.description, subresource: subresource) }
    }
    return ask(ReleaseDefinition.kind, ["list", "watch"]) + ask(ReleaseDefinition.kind, ["patch"], "status")
      + ask(.configMap, ["get"]) + ask(.event, ["get", "create", "patch"])
  }
}
