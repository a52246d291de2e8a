import Logging
import NIOCore
import NIOPosix
import SlipwayModel

final class ControlPlane: Sendable {
  init(
    configuration: ProxyConfiguration, file: String?, logger: Logger, group: MultiThreadedEventLoopGroup?,
    now: @escaping @Sendable () -> Timestamp
  ) {
    fatalError("the proxy is being built")
  }
  func start() async throws {}
  func shutdown(within limit: TimeSpan) async -> Int { 0 }
  func update(route: RouteConfiguration) async throws {}
  func remove(route key: DeploymentKey) async throws {}
  func change(_ key: DeploymentKey, _ edit: @Sendable (inout RouteConfiguration) -> Void) async throws {}
  func drain(_ key: DeploymentKey, slot: Slot, endpoint id: String?, within limit: TimeSpan) async -> Int { 0 }
  func status(_ key: DeploymentKey) async -> RouteStatus? { nil }
  func metrics(_ key: DeploymentKey, since: Timestamp) -> MetricSeries { MetricSeries(intervals: []) }
  var configuration: ProxyConfiguration { ProxyConfiguration() }
  var problems: [SlipwayError] { [] }
}
