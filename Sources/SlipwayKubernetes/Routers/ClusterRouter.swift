import SlipwayModel

/// What divides a service's requests in a cluster: which writes bring a split about, and which split is in force. Everything here is
/// a function of objects that were read; nothing is remembered, so it can be asked again after any crash.
package protocol ClusterRouter: Sendable {
  /// What has to be read for the other functions to tell the truth.
  var reads: RouterReads { get }

  /// Whether a share of the candidate can be had exactly. A plan with another one is refused beforehand.
  func expressible(_ share: Percentage) -> Bool

  /// Why a split can't be had, whatever the state of the cluster; `nil` when it can. For use when a plan is made.
  func refusal(of split: TrafficSplit) -> SlipwayError?

  /// What to do next towards a split. Each write is safe by itself: at every moment between two of them, requests reach pods that are
  /// ready, as long as there are any. When all is done it is ``RoutingStep/done``, however often it is asked.
  ///
  /// - Throws: `SlipwayError`: the refusal of the split; `slot-without-ready-pods` when nobody would answer; others when an object is
  ///   not there or not what the configuration says.
  func next(towards split: TrafficSplit, from present: ObjectSet) throws(SlipwayError) -> RoutingStep

  /// The split in force; `nil` when that can't be told, as while endpoints or a route converge.
  ///
  /// - Parameter sinceWrite: how long ago Slipway last wrote the router's object. What reports no progress at all is believed after
  ///   ``RouteAcceptance/patience``.
  func splitInForce(in present: ObjectSet, sinceWrite: TimeSpan) -> TrafficSplit?
}

/// What a router has to be read by.
package struct RouterReads: Hashable, Sendable {
  package let objects: [ObjectKey]
  /// Services whose EndpointSlices are needed (label `kubernetes.io/service-name`).
  package let endpointsOf: [ObjectKey]

  package init(objects: [ObjectKey], endpointsOf: [ObjectKey]) {
    self.objects = objects
    self.endpointsOf = endpointsOf
  }
}

/// What to do next towards a split.
package enum RoutingStep: Hashable, Sendable {
  /// Nothing: every object is as it ought to be. Whether the split is in force is asked separately.
  case done
  /// This write, and then ask again.
  case write(ObjectChange)
  /// Nothing can safely be written until this has come about; words without a full stop that follow `waiting for`.
  case wait(String)
}

extension SlipwayError.Code {
  package static let splitNotExpressible = SlipwayError.Code("split-not-expressible")
  package static let slotWithoutReadyPods = SlipwayError.Code("slot-without-ready-pods")
  package static let routeMissing = SlipwayError.Code("route-missing")
  package static let routeUnsuitable = SlipwayError.Code("route-unsuitable")
}

extension KubernetesRouter {
  /// The router of this kind for a service.
  ///
  /// - Parameter adopting: whether the service's address may be taken from pods that are not Slipway's, and given back to them.
  package func router(for service: ManagedService, adopting: Bool = false) -> any ClusterRouter {
    switch self {
    case .service: RootSelector(service: service, dividesByReplicas: false, adopts: adopting)
    case .replicas: RootSelector(service: service, dividesByReplicas: true, adopts: adopting)
    case .nginx(let ingress): CanaryIngress(service: service, ingress: ingress)
    case .istio(let spec): VirtualServiceWeights(service: service, spec: spec)
    case .gatewayAPI(let route): HTTPRouteWeights(service: service, route: route)
    }
  }
}
