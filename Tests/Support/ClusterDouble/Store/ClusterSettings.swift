import SlipwayModel

/// How a cluster behaves when nothing goes wrong: how long things take, and what there is room for.
package struct ClusterSettings: Sendable {
  /// From the creation of a pod to its place on a node.
  package var schedulingTakes = TimeSpan.milliseconds(5)
  package var pullingTakes = TimeSpan.milliseconds(5)
  package var startingTakes = TimeSpan.milliseconds(5)
  /// From the start of a container to its first passed readiness probe; without a readiness probe a container is ready at once.
  package var readinessTakes = TimeSpan.milliseconds(20)
  /// How long a program runs on after SIGTERM; at most the grace period counts.
  package var stoppingTakes = TimeSpan.milliseconds(20)
  /// From a fault that was put into a pod's image or annotation to the crash of a program that crashes at its start.
  package var crashingTakes = TimeSpan.milliseconds(10)
  /// The first pause before a restart; doubled each time, up to ``longestBackOff`` (kubelet: 10 s and 300 s).
  package var firstBackOff = TimeSpan.seconds(10)
  package var longestBackOff = TimeSpan.seconds(300)
  /// A container that ran for so long starts with the first pause again (kubelet: 10 min).
  package var backOffForgottenAfter = TimeSpan.minutes(10)
  /// How often a failing readiness probe is told of again.
  package var probePeriod = TimeSpan.seconds(10)
  /// From a change of a pod to the change of its EndpointSlices.
  package var endpointsLag = TimeSpan.zero
  /// From a change of a route to its effect and its status.
  package var routerLag = TimeSpan.zero
  package var routeStatus = RouteStatus.faithful
  /// The minor version that the API server says it has.
  package var minorVersion = 34
  /// How often autoscalers look (kube-controller-manager: 15 s).
  package var autoscalerPeriod = TimeSpan.seconds(15)
  /// How many pods all nodes hold together; `nil` for as many as wanted.
  package var podCapacity: Int?
  package var nodes = 3
  /// How many changes of each kind are remembered, for watches that start again; they are most of the memory of a busy cluster.
  package var historyWindow = 5000
  /// How long Events are kept (kube-apiserver: 1 h).
  package var eventsKeptFor = TimeSpan.hours(1)
  /// How a pod behaves whose image contains the text; the longest text that fits counts.
  package var images: [String: PodBehaviour] = [:]
  /// What callers must show as bearer token; `nil` for nothing.
  package var bearerToken: String?
  /// Who the caller is, in messages about permissions.
  package var user = "system:serviceaccount:default:slipway"

  package init() {}
}

/// How the router in front of Gateway API routes tells what it did.
package enum RouteStatus: Hashable, Sendable {
  /// Accepted, with the generation it is true for.
  case faithful
  /// Nothing is ever told.
  case never
  /// The first generation it saw stays in the conditions (as of implementations that set it once).
  case oldGeneration
  /// Conditions without a generation.
  case withoutGeneration
  /// Not accepted, for this reason.
  case rejected(reason: String)
}
