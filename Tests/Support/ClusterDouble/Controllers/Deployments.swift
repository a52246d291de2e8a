import SlipwayModel

extension ClusterState {
  /// One step of the Deployment controller (`pkg/controller/deployment`): make the new ReplicaSet, move pods, write the status.
  mutating func reconcileDeployment(_ name: ObjectName) {
    guard let deployment = self[.deployment, name] else { return }
    var view = view(of: deployment)
    guard !deployment.isBeingDeleted else { return writeStatus(of: view) }
    if view.isPaused {
      view = withRevision(view, mayCreate: false)
      scaleProportionally(view)
      return writeStatus(of: self.view(of: deployment))
    }
    if isScaling(view) {
      view = withRevision(view, mayCreate: false)
      scaleProportionally(view)
      return writeStatus(of: self.view(of: deployment))
    }
    if view.isRolling {
      view = withRevision(view, mayCreate: true)
      if !growNew(view), !shrinkOld(view), isComplete(view) { forgetOldRevisions(view) }
    } else {
      recreate(view)
    }
    writeStatus(of: self.view(of: deployment))
  }

  func view(of deployment: StoredObject) -> DeploymentView {
    let current = self[.deployment, deployment.name] ?? deployment
    let sets = (dependents[current.uid] ?? []).compactMap { $0.kind == .replicaSet ? self[.replicaSet, $0.name] : nil }
      .sorted { age($0) < age($1) }
    let template = current.json["spec", "template"]
    let new = sets.first { DeploymentView.template(of: $0) == template }
    return DeploymentView(deployment: current, new: new, old: sets.filter { $0.uid != new?.uid })
  }

  /// Creation times have whole seconds; the revision decides between equals.
  private func age(_ set: StoredObject) -> (String, Int, String) {
    (set.json["metadata", "creationTimestamp"]?.text ?? "", revision(of: set), set.name.name)
  }

  func revision(of object: StoredObject) -> Int {
    object.json["metadata", "annotations", DeploymentView.revision]?.text.flatMap(Int.init) ?? 0
  }

  // MARK: The new ReplicaSet

  /// Finds the new ReplicaSet or makes it, and numbers it after all others.
  mutating func withRevision(_ view: DeploymentView, mayCreate: Bool) -> DeploymentView {
    let number = (view.old.map { revision(of: $0) }.max() ?? 0) + 1
    if let new = view.new {
      let wanted = max(revision(of: new), number)
      change(.replicaSet, new.name) { json in
        json.set(.text(String(wanted)), at: ["metadata", "annotations", DeploymentView.revision])
        json.set(view.json["spec", "minReadySeconds"], at: ["spec", "minReadySeconds"])
      }
      setRevision(wanted, of: view)
    } else if mayCreate {
      createNew(view, revision: number)
    }
    return self.view(of: view.deployment)
  }

  /// The annotation is written with the status, so the generation stays.
  private mutating func setRevision(_ revision: Int, of view: DeploymentView) {
    guard var json = self[.deployment, view.deployment.name]?.json else { return }
    json.set(.text(String(revision)), at: ["metadata", "annotations", DeploymentView.revision])
    if json["status"]?.condition("Progressing") == nil {
      Self.setProgress(&json, "True", "FoundNewReplicaSet", "Found new replica set \"\(view.new?.name.name ?? "")\"", at: now)
    }
    put(.deployment, view.deployment.name, json)
  }

  private mutating func createNew(_ view: DeploymentView, revision: Int) {
    let template = view.json["spec", "template"] ?? [:]
    let hash = DeploymentView.hash(template)
    let name = "\(view.deployment.name.name)-\(hash)"
    var labelled = template
    labelled.set(.text(hash), at: ["metadata", "labels", DeploymentView.hashLabel])
    var selector = view.json["spec", "selector"] ?? [:]
    selector.set(.text(hash), at: ["matchLabels", DeploymentView.hashLabel])
    var annotations = view.json["metadata", "annotations"]?.texts ?? [:]
    for key in annotations.keys where key.hasPrefix("deployment.kubernetes.io/") || key.hasPrefix("kubectl.kubernetes.io/") {
      annotations[key] = nil
    }
    annotations[DeploymentView.revision] = String(revision)
    annotations[DeploymentView.desired] = String(view.replicas)
    annotations[DeploymentView.most] = String(view.replicas + view.maxSurge)
    let wanted = view.wantedOfNew(current: 0)
    let body: JSONValue = [
      "apiVersion": "apps/v1", "kind": "ReplicaSet",
      "metadata": [
        "name": .text(name), "labels": labelled["metadata", "labels"] ?? [:], "annotations": .texts(annotations),
        "ownerReferences": [Self.ownerReference(to: view.deployment, kind: "Deployment")],
      ],
      "spec": .compact([
        "replicas": .integer(wanted), "selector": selector, "template": labelled, "minReadySeconds": view.json["spec", "minReadySeconds"],
      ]),
    ]
    let now = now
    do throws(APIError) {
      _ = try create(.replicaSet, namespace: view.deployment.name.namespace, body, options: .controller)
      setRevision(revision, of: view)
      change(.deployment, view.deployment.name) { json in
        Self.setProgress(&json, "True", "NewReplicaSetCreated", "Created new replica set \"\(name)\"", at: now)
      }
      if wanted > 0 { tellScaled(view.deployment, name, from: 0, to: wanted) }
    } catch {
      change(.deployment, view.deployment.name) { json in
        Self.setProgress(&json, "False", "ReplicaSetCreateError", "Failed to create new replica set \"\(name)\": \(error.message)", at: now)
      }
      work.add(view.deployment.name, to: .deployments, at: now + .seconds(1))
    }
  }

  // MARK: Scaling ReplicaSets

  /// - Returns: whether anything changed.
  @discardableResult
  mutating func scale(_ set: StoredObject, to replicas: Int, _ view: DeploymentView) -> Bool {
    let before = DeploymentView.wanted(set)
    let annotations = [
      DeploymentView.desired: String(view.replicas), DeploymentView.most: String(view.replicas + view.maxSurge),
    ]
    let changed = change(.replicaSet, set.name) { json in
      json.set(.integer(replicas), at: ["spec", "replicas"])
      for (key, value) in annotations { json.set(.text(value), at: ["metadata", "annotations", key]) }
    }
    if before != replicas { tellScaled(view.deployment, set.name.name, from: before, to: replicas) }
    return changed?.version != set.version
  }

  private mutating func tellScaled(_ deployment: StoredObject, _ set: String, from: Int, to: Int) {
    record(
      .deployment, deployment, type: "Normal", reason: "ScalingReplicaSet",
      message: "Scaled \(to > from ? "up" : "down") replica set \(set) from \(from) to \(to)", from: "deployment-controller")
  }

  /// Old ReplicaSets without pods beyond the limit are taken away.
  private mutating func forgetOldRevisions(_ view: DeploymentView) {
    let limit = view.json["spec", "revisionHistoryLimit"]?.integer ?? 10
    let empty = view.old.filter { DeploymentView.wanted($0) == 0 && DeploymentView.exists($0) == 0 && !$0.isBeingDeleted }
    for set in empty.prefix(max(view.old.count - limit, 0)) { delete(.replicaSet, set, policy: "Background", graceSeconds: nil) }
  }
}
