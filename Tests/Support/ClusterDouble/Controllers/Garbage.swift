import SlipwayModel

extension ClusterState {
  /// Takes away what an owner left behind (Kubernetes documentation, "Garbage Collection").
  mutating func collectDependents(of owner: String) {
    if let ref = uids[owner] { return finishForegroundDeletion(ref, owner) }
    for ref in (dependents[owner] ?? []).sorted() {
      guard let object = self[ref.kind, ref.name] else { continue }
      let living = object.owners.filter { uids[$0] != nil }
      if living.isEmpty {
        delete(ref.kind, object, policy: "Background", graceSeconds: nil)
      } else {
        removeOwner(owner, from: ref)
      }
    }
  }

  private mutating func finishForegroundDeletion(_ ref: ObjectRef, _ owner: String) {
    guard let object = self[ref.kind, ref.name], object.isBeingDeleted else { return }
    let finalizers = (object.json["metadata", "finalizers"]?.items ?? []).compactMap(\.text)
    guard finalizers.contains("foregroundDeletion") else { return }
    for dependent in (dependents[owner] ?? []).sorted() {
      guard let object = self[dependent.kind, dependent.name], !object.isBeingDeleted else { continue }
      delete(dependent.kind, object, policy: "Foreground", graceSeconds: nil)
    }
    guard (dependents[owner] ?? []).isEmpty else {
      work.add(ObjectName("", owner), to: .garbage, at: now + .milliseconds(50))
      return
    }
    let rest = finalizers.filter { $0 != "foregroundDeletion" }
    if rest.isEmpty {
      remove(ref.kind, ref.name)
    } else {
      change(ref.kind, ref.name) { $0.set(.list(rest.map { .text($0) }), at: ["metadata", "finalizers"]) }
    }
  }

  mutating func orphanDependents(of owner: String) {
    for ref in (dependents[owner] ?? []).sorted() { removeOwner(owner, from: ref) }
  }

  private mutating func removeOwner(_ owner: String, from ref: ObjectRef) {
    change(ref.kind, ref.name) { json in
      let owners = (json["metadata", "ownerReferences"]?.items ?? []).filter { $0["uid"]?.text != owner }
      json.set(owners.isEmpty ? nil : .list(owners), at: ["metadata", "ownerReferences"])
    }
  }

  /// Empties a namespace that is being deleted, then takes it away.
  mutating func reconcileNamespace(_ name: ObjectName) {
    guard let space = self[.namespace, name], space.isBeingDeleted else { return }
    var isEmpty = true
    for index in tables.indices where kinds.kinds[index].isNamespaced {
      for object in tables[index].objects(in: name.name) {
        if !object.isBeingDeleted { delete(KindID(index: index), object, policy: "Background", graceSeconds: nil) }
        if tables[index][object.name] != nil { isEmpty = false }
      }
    }
    if isEmpty { remove(.namespace, name) }
  }

  /// A CustomResourceDefinition brings its kind.
  mutating func noteDefinition(_ change: Change) {
    guard change.sort != .deleted else { return }
    let spec = change.object.json["spec"] ?? [:]
    for version in spec["versions"]?.items ?? [] where version["served"] != .flag(false) {
      guard let group = spec["group"]?.text, let name = version["name"]?.text, let kind = spec["names", "kind"]?.text,
        let plural = spec["names", "plural"]?.text
      else { continue }
      addKind(
        KindInfo(
          "\(group)/\(name)", kind, plural, namespaced: spec["scope"]?.text != "Cluster", custom: true,
          status: version["subresources", "status"] != nil, scale: version["subresources", "scale"] != nil, generations: true))
      if let schema = version["schema", "openAPIV3Schema"] { schemas["\(group)/\(name)/\(kind)"] = DefinitionSchema(root: schema) }
    }
  }
}
