import SlipwayModel
import SlipwayPorts

/// Asks a cluster, before anything is changed, what would refuse a rollout. Nothing is written: the trial of documents is
/// `dryRun=All`, which the API server admits and validates and does not keep.
package struct Preflight: Sendable {
  /// What would be deployed.
  package struct Candidate: Sendable {
    /// Where it would run; `nil` when that is not known. Pods that are in the slot now make room for it.
    package let slot: Slot?
    /// As they would be applied, the Deployment among them. Its replicas and resources are what room is asked for.
    package let documents: [ObjectDocument]

    package init(slot: Slot? = nil, documents: [ObjectDocument] = []) {
      self.slot = slot
      self.documents = documents
    }

    var deployment: ObjectDocument? { documents.first { $0.json["kind"]?.text == ResourceKind.deployment.kind } }
  }

  /// What was found.
  package struct Report: Hashable, Sendable {
    /// In the order in which they are best looked at. Each would stop the rollout.
    package var problems: [SlipwayError] = []
    /// What is to be known, and stops nothing: sentences without a full stop.
    package var notes: [String] = []

    package init(problems: [SlipwayError] = [], notes: [String] = []) {
      (self.problems, self.notes) = (problems, notes)
    }

    static func + (a: Report, b: Report) -> Report { Report(problems: a.problems + b.problems, notes: a.notes + b.notes) }
  }

  let client: KubernetesClient
  let service: ManagedService
  let spec: KubernetesSpec

  /// What was allowed before, by the same cluster for the same namespace.
  let granted: GrantedRights

  package init(client: KubernetesClient, service: ManagedService, spec: KubernetesSpec) {
    self.init(client: client, service: service, spec: spec, granted: GrantedRights())
  }

  init(client: KubernetesClient, service: ManagedService, spec: KubernetesSpec, granted: GrantedRights) {
    (self.client, self.service, self.spec, self.granted) = (client, service, spec, granted)
  }

  /// Looks at everything, so that all problems are known at once. About 60 small calls; fewer when another service of the namespace was
  /// looked at within a minute.
  ///
  /// - Throws: `SlipwayError` when the cluster can't be asked (`cluster-unreachable`, `cluster-busy`, `cluster-unauthorized` and the
  ///   like); `CancellationError`.
  package func report(on candidate: Candidate) async throws -> Report {
    // Without these two nothing else makes sense, nor can be asked about.
    let version = try await versionReport()
    guard version.problems.isEmpty else { return version }
    let namespace = try await namespaceReport()
    guard namespace.problems.isEmpty else { return namespace }
    let looks: [@Sendable () async throws -> Report] = [
      { try await rightsReport() }, { try await kindsReport() }, { try await serviceReport(candidate) }, { try await routerReport() },
      { try await needsReport(candidate) }, { try await quotaReport(candidate) }, { try await trialReport(candidate) },
    ]
    let reports = try await withThrowingTaskGroup(of: (Int, Report).self) { group in
      for (index, look) in looks.enumerated() { group.addTask { (index, try await look()) } }
      var reports: [Int: Report] = [:]
      for try await (index, report) in group { reports[index] = report }
      return reports
    }
    return looks.indices.reduce(namespace) { $0 + (reports[$1] ?? Report()) }.withoutRepetition
  }

  private func call(_ purpose: String) -> ClusterCall { ClusterCall(purpose) }

  /// What a look found; `nil` when it was forbidden, which ``rightsReport()`` tells where it matters.
  func ifAllowed<Value>(_ look: () async throws -> Value) async throws -> Value? {
    do { return try await look() } catch let error as SlipwayError where error.code == .clusterForbidden { return nil }
  }

  // MARK: Version, namespace, rights and kinds

  private func versionReport() async throws -> Report {
    let version = try await ifAllowed { try await client.serverVersion(call("ask for the version of the API server")) }
    guard case .some(.some(let known)) = version, !known.isNewEnough else { return Report() }
    return Report(problems: [known.tooOld])
  }

  private func namespaceReport() async throws -> Report {
    let key = ObjectKey(.namespace, namespace: nil, name: spec.namespace.description)
    let present = try await ifAllowed { try await client.get(key, call("look for the namespace '\(spec.namespace)'")) }
    // Who may not look may still deploy there.
    guard let known = present else { return Report() }
    guard let document = known else {
      return Report(problems: [
        SlipwayError(
          .namespaceMissing, .input, "there is no namespace '\(spec.namespace)' in the cluster",
          remedy: "create it with `kubectl create namespace \(spec.namespace)`, or correct `namespace` of the environment")
      ])
    }
    guard document.status?["phase"]?.text != "Terminating" else {
      return Report(problems: [
        SlipwayError(
          .namespaceMissing, .input, "the namespace '\(spec.namespace)' is being deleted, and takes nothing new",
          remedy: "wait until it is gone and create it anew, or correct `namespace` of the environment")
      ])
    }
    return Report()
  }

  private func rightsReport() async throws -> Report {
    let now = client.clock.now()
    let questions = RequiredRights.questions(for: spec).filter { !granted.knows($0, at: now) }
    let missing = try await withThrowingTaskGroup(of: Int?.self) { group in
      var missing: [Int] = []
      for (index, question) in questions.enumerated() {
        // So many at once; more would only wait for each other.
        if index >= 8, let next = try await group.next(), let index = next { missing.append(index) }
        group.addTask {
          let purpose = "ask whether Slipway may \(question.verb) \(question.kind.plural)"
          guard try await client.mayI(question, call(purpose)).isAllowed else { return index }
          granted.note(question, at: now)
          return nil
        }
      }
      for try await case .some(let index) in group { missing.append(index) }
      return missing.sorted().map { questions[$0] }
    }
    return Report(problems: RequiredRights.problem(missing: missing, in: spec.namespace).map { [$0] } ?? [])
  }

  private func kindsReport() async throws -> Report {
    var report = Report()
    let now = client.clock.now()
    for kind in RequiredRights.kinds(for: spec) where !granted.knows(kind, at: now) {
      let purpose = "ask whether the cluster knows \(kind.plural)"
      if try await ifAllowed({ try await client.serves(kind, call(purpose)) }) == false {
        report.problems.append(Self.notServed(kind.kind, kind.apiVersion))
      } else {
        granted.note(kind, at: now)
      }
    }
    return report
  }

  static func notServed(_ kind: String, _ apiVersion: String) -> SlipwayError {
    SlipwayError(
      .kindNotServed, .refused, "the API server does not serve \(kind) (\(apiVersion))",
      remedy: "install what defines it, or choose another router; `kubectl api-resources` shows what is served")
  }
}

extension Preflight.Report {
  /// The same with each problem and each note once: several looks may come upon the same thing.
  fileprivate var withoutRepetition: Preflight.Report {
    var report = Preflight.Report()
    for problem in problems where !report.problems.contains(where: { $0.message == problem.message }) { report.problems.append(problem) }
    for note in notes where !report.notes.contains(note) { report.notes.append(note) }
    return report
  }
}

extension SlipwayError.Code {
  static let namespaceMissing = Self("namespace-missing")
}
