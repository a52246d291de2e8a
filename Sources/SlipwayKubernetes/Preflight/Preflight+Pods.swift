import SlipwayModel

extension Preflight {
  /// What the candidate's pods need to start: configuration, credentials for images, accounts and volumes.
  func needsReport(_ candidate: Candidate) async throws -> Report {
    guard let deployment = candidate.deployment else { return Report() }
    var lacking: [String] = []
    var report = Report()
    for need in NeededObjects(of: deployment).needs {
      let isGiven = candidate.documents.contains { $0.json["kind"]?.text == need.kind.kind && $0.name == need.name }
      if isGiven { continue }
      let key = service.object(need.kind, need.name)
      let look = ClusterCall("look for \(key)")
      guard let present = try await ifAllowed({ try await client.get(key, look) }) else {
        report.notes.append("whether \(key) is there could not be looked at: that is not allowed")
        continue
      }
      if let words = NeededObjects.lack(of: need, in: present) { lacking.append(words) }
    }
    guard !lacking.isEmpty else { return report }
    report.problems.append(
      SlipwayError(
        .configurationMissing, .input,
        "pods of '\(deployment.name ?? "")' would not start: the namespace '\(spec.namespace)' lacks \(lacking.joined(separator: ", "))",
        remedy: "create what is missing, add it to the manifests, or mark it `optional` there"))
    return report
  }

  /// Whether the candidate's pods fit into what quotas leave.
  func quotaReport(_ candidate: Candidate) async throws -> Report {
    guard let deployment = candidate.deployment, let template = deployment.spec?["template"] else { return Report() }
    let namespace = spec.namespace.description
    let quotas = try await ifAllowed {
      try await client.list(.resourceQuota, in: namespace, .all, ClusterCall("look at the quotas of '\(namespace)'")).objects
    }
    guard let quotas else {
      return Report(notes: ["whether quotas leave room could not be looked at: to list resourcequotas is not allowed"])
    }
    guard !quotas.isEmpty else { return Report() }
    let ranges = try await ifAllowed {
      try await client.list(Self.limitRange, in: namespace, .all, ClusterCall("look at the limit ranges of '\(namespace)'")).objects
    }
    let each = PodDemand(template: template, limitRanges: ranges ?? [])
    // The API takes one for a number that is not stated.
    let need = QuotaFit.Need(pods: deployment.spec?["replicas"]?.integer ?? 1, each: each)
    let freed = try await candidate.slot.asyncFlatMap { try await running(in: $0, ranges ?? []) }
    let problems = QuotaFit.problems(quotas: quotas, need: need, freed: freed, name: "'\(deployment.name ?? "")'")
    return Report(problems: problems)
  }

  private static let limitRange = ResourceKind(kind: "LimitRange", plural: "limitranges")

  /// The pods that a slot has now.
  private func running(in slot: Slot, _ ranges: [ObjectDocument]) async throws -> QuotaFit.Need? {
    let key = service.deployment(of: slot)
    let look = ClusterCall("look at \(key)")
    guard let found = try await ifAllowed({ try await client.get(key, look) }), let present = found,
      let template = present.spec?["template"]
    else { return nil }
    return QuotaFit.Need(pods: present.status?["replicas"]?.integer ?? 0, each: PodDemand(template: template, limitRanges: ranges))
  }

  // MARK: Trial

  /// What the API server would say to the documents: its validation, its admission plugins and webhooks, and other managers' claims.
  func trialReport(_ candidate: Candidate) async throws -> Report {
    var report = Report()
    for document in candidate.documents {
      do {
        let name = "\(document.json["kind"]?.text ?? "an object") '\(document.name ?? "")'"
        let look = ClusterCall("ask what kind \(name) is")
        guard let kind = try await client.kind(of: document, look) else {
          report.problems.append(Self.notServed(document.json["kind"]?.text ?? "", document.json["apiVersion"]?.text ?? ""))
          continue
        }
        let namespace = document.namespace ?? spec.namespace.description
        try await trial(document, ObjectKey(kind, namespace: namespace, name: document.name ?? ""))
      } catch let error as SlipwayError where Self.isAnswer(error) {
        report.problems.append(error)
      } catch let error as SlipwayError where error.code == .clusterForbidden || error.code == .objectConflict {
        // The rights that are missing are listed together. That somebody wrote the object at the same moment says nothing of the document.
        continue
      }
    }
    return report
  }

  private func trial(_ document: ObjectDocument, _ key: ObjectKey) async throws {
    let call = ClusterCall("apply \(key), as a trial")
    guard case .conflict(let conflicts) = try await client.tryApply(document, as: key, dryRun: true, call) else { return }
    // What Slipway wrote itself by a patch it may take.
    let isOwn = conflicts.allSatisfy { $0.manager == KubernetesClient.fieldManager }
    _ = try await client.apply(document, as: key, force: isOwn, dryRun: true, call)
  }

  /// Whether an error says what the cluster thinks of a document; others say that it could not be asked.
  private static func isAnswer(_ error: SlipwayError) -> Bool {
    let answers: [SlipwayError.Code] = [
      .objectInvalid, .fieldConflict, .quotaExceeded, .admissionRefused, .kindNotServed, .objectNotFound,
    ]
    return answers.contains(error.code)
  }
}

extension Optional {
  fileprivate func asyncFlatMap<Result>(_ transform: (Wrapped) async throws -> Result?) async throws -> Result? {
    guard let self else { return nil }
    return try await transform(self)
  }
}
