import SlipwayModel

extension Plan {
  /// What the release is made from: on this machine an artifact, in a cluster an image under the version's tag.
  ///
  /// - Throws: `incomplete-service` when the service does not say.
  static func source(of service: ServiceSpec, _ request: DeployRequest) throws(SlipwayError) -> ArtifactSource {
    switch request.environment.target {
    case .local, .simulated:
      guard let artifact = request.artifact ?? service.artifact, service.run != nil else {
        throw SlipwayError(
          .incompleteService, .input, "service '\(service.name)' has no artifact or no run command",
          remedy: "state `artifact:` and `run:` for the service; the local target needs both")
      }
      return ArtifactSource(folder: request.folder, build: service.build, artifact: artifact)
    case .kubernetes:
      guard let image = service.image else {
        throw SlipwayError(
          .incompleteService, .input, "service '\(service.name)' has no image",
          remedy: "state `image:` for the service; the version becomes its tag")
      }
      // Whoever builds images has pushed this one: what a build on this machine makes, no cluster would run.
      return ArtifactSource(folder: request.folder, build: nil, artifact: request.artifact ?? "\(image):\(request.version)")
    }
  }

  /// The same steps where a share is had by numbers of replicas only: as many of both slots as come nearest to what was asked for. A
  /// step's weight is what they really give, which with few replicas is far from it: a plan does not promise a share of 10 %
  /// that one pod of two makes a half.
  ///
  /// Together the slots never have fewer replicas than the smaller of both at full share.
  static func byReplicas(_ steps: [PlanStep], replicas: Int, live: Int) -> [PlanStep] {
    let total = min(replicas, live)
    var before = live
    return steps.map { step in
      guard step.weight < .hundred, let share = ReplicaShare.counts(total: total, share: step.weight, surge: total),
        let weight = Percentage(
          basisPoints: (share.candidate * 10_000 + (share.candidate + share.live) / 2) / (share.candidate + share.live))
      else { return step }
      defer { before = share.live }
      return PlanStep(
        name: step.name, weight: weight, candidateReplicas: share.candidate, liveReplicasBefore: before, liveReplicas: share.live,
        hold: step.hold, criteria: step.criteria, minimumRequests: step.minimumRequests, compared: step.compared, advance: step.advance)
    }
  }

  /// Missing data would never be a pass, so that a rollout with such criteria could only wait and go back.
  ///
  /// - Throws: `nothing-counts`.
  static func requireCounts(_ environment: EnvironmentSpec) throws(SlipwayError) {
    guard let metric = environment.unmeasuredCriterion else { return }
    throw SlipwayError(
      .nothingCounts, .input, "nothing counts requests in '\(environment.name)', and '\(metric)' is to be judged there",
      remedy: "describe a source under `metrics:` (prometheus, http or command), or remove criteria and triggers on requests")
  }

  /// A release goes where its predecessor is: elsewhere there would be nothing to compare with, and nothing to go back to.
  ///
  /// - Throws: `service-moved`.
  static func requireSamePlace(_ place: KubernetesSpec?, _ live: LiveRelease, _ key: DeploymentKey) throws(SlipwayError) {
    let before = live.kubernetes
    let isSame =
      place?.namespace == before?.namespace && place?.context == before?.context && place?.kubeconfig == before?.kubeconfig
      && place?.router.resting == before?.router.resting && place?.pinning == before?.pinning
    guard !isSame else { return }
    throw SlipwayError(
      .serviceMoved, .input,
      "\(live.release.version) of \(key) runs \(before.placeInWords), and this release would run \(place.placeInWords)",
      remedy: "use an environment of another name for the new place; the old one can be taken down when nobody needs it any more")
  }
}

extension KubernetesRouter {
  /// What has the traffic while no rollout is under way: a router may be exchanged for another only where that is the same.
  fileprivate var resting: KubernetesRouter {
    switch self {
    case .service, .replicas, .nginx: .service
    case .istio, .gatewayAPI: self
    }
  }

  /// - Throws: `share-not-possible` when rules or a mirror ask for what only those who see requests can do.
  func requireSight(for routing: RoutingSpec, _ service: Name) throws(SlipwayError) {
    switch self {
    case .nginx, .istio, .gatewayAPI: return
    case .service, .replicas: break
    }
    guard !routing.candidateRules.isEmpty || routing.mirror > .zero else { return }
    throw SlipwayError(
      .shareNotPossible, .input,
      "`routing` of \(service) has rules or a mirror, and the router '\(words)' sees connections and no requests",
      remedy: "leave them out for this environment, or choose the router nginx, istio or gateway_api")
  }

  /// - Throws: `share-not-possible` when a step asks for a share that the router can't give.
  func requireShares(of steps: [PlanStep], _ service: Name) throws(SlipwayError) {
    for step in steps where step.weight < .hundred && step.weight > .zero {
      switch self {
      case .replicas, .nginx, .gatewayAPI: continue
      case .istio:
        guard step.weight.basisPoints % 100 != 0 else { continue }
        throw SlipwayError(
          .shareNotPossible, .input, "a step gives \(service) \(step.weight) of the traffic, and a VirtualService knows whole percents",
          remedy: "state whole percents")
      case .service:
        throw SlipwayError(
          .shareNotPossible, .input,
          "a step gives \(service) \(step.weight) of the traffic, and a Service's selector knows all or nothing",
          remedy: "state `cluster: { router: … }` in the environment (`replicas`, `nginx`, `istio`, `gateway_api`), or `blue_green` at once"
        )
      }
    }
  }
}

extension Optional<KubernetesSpec> {
  fileprivate var placeInWords: String {
    guard let self else { return "on this machine" }
    let context = self.context.map { " of context \($0)" } ?? ""
    return "in namespace \(self.namespace)\(context) behind the router \(self.router.words), images by \(self.pinning.rawValue)"
  }
}

extension SlipwayError.Code {
  /// A release is to run elsewhere than the one that is live.
  package static let serviceMoved = SlipwayError.Code("service-moved")
  /// Criteria are about requests, and there is no source that counts them.
  package static let nothingCounts = SlipwayError.Code("nothing-counts")
  /// The router can't give a share that a step asks for.
  package static let shareNotPossible = SlipwayError.Code("share-not-possible")
}
