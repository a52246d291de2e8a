import Logging
import NIOCore
import NIOPosix
import SlipwayModel
import SlipwayProxy
import Testing

let testKey = DeploymentKey(service: Name("api")!, environment: Name("test")!)

/// A proxy with one route on a free port.
struct ProxyFixture: Sendable {
  let proxy: ProxyServer
  let port: Int
  let key = testKey

  func status() async throws -> RouteStatus { try #require(await proxy.status(key)) }
  func connect(autoRead: Bool = true) async throws -> TestConnection { try await TestConnection.open(port, autoRead: autoRead) }

  /// The answer to one request over a connection of its own.
  func get(_ path: String = "/", fields: String = "", method: String = "GET") async throws -> TestAnswer {
    let client = try await connect()
    defer { client.close() }
    return try await client.get(path, fields: fields, method: method)
  }

  /// What was counted since the start, as soon as it is at least so many requests.
  func figures(of slot: Slot, atLeast count: Int) async throws -> SlotFigures {
    try await eventually("\(count) requests in the figures") { figures(of: slot).requests >= count }
    return figures(of: slot)
  }
  func figures(of slot: Slot) -> SlotFigures {
    let series = proxy.metrics(key, since: Timestamp(milliseconds: 0))
    return series.intervals.reduce(into: SlotFigures()) { $0.add($1[slot]) }
  }
}

/// Probes every 20 ms, so that changes of health are seen soon.
let quickProbe = HealthProbe(interval: .milliseconds(20), timeout: .seconds(2), failures: 3)

func testRoute(
  blue: [Endpoint] = [], green: [Endpoint] = [], split: TrafficSplit = .all(to: .blue),
  _ edit: (inout RouteConfiguration) -> Void = { _ in }
) -> RouteConfiguration {
  var route = RouteConfiguration(
    key: testKey, listen: ListenAddress(host: "127.0.0.1", port: 0), split: split,
    blue: SlotConfiguration(endpoints: blue, probe: quickProbe),
    green: SlotConfiguration(endpoints: green, probe: quickProbe))
  edit(&route)
  return route
}

func makeProxy(
  file: String? = nil, configuration: ProxyConfiguration = ProxyConfiguration(), group: MultiThreadedEventLoopGroup = .singleton
) -> ProxyServer {
  ProxyServer(configuration: configuration, file: file, logger: Logger(label: "proxy-test"), group: group)
}

/// Runs a proxy with services in its slots, and stops everything afterwards.
func withProxy(
  blue: [TestService] = [], green: [TestService] = [], split: TrafficSplit = .all(to: .blue),
  _ test: (ProxyFixture) async throws -> Void
) async throws {
  try await withProxy(blue: blue, green: green, split: split, { _ in }, test)
}

/// The same with a changed route; `oneLoop` gives all of a limit to one event loop.
func withProxy(
  blue: [TestService] = [], green: [TestService] = [], split: TrafficSplit = .all(to: .blue), oneLoop: Bool = false,
  _ edit: (inout RouteConfiguration) -> Void, _ test: (ProxyFixture) async throws -> Void
) async throws {
  func endpoints(_ services: [TestService]) -> [Endpoint] { services.enumerated().map { $1.endpoint("\($0 + 1)") } }
  let group = oneLoop ? MultiThreadedEventLoopGroup(numberOfThreads: 1) : .singleton
  let proxy = makeProxy(group: group)
  let result: Result<Void, any Error>
  do {
    try await proxy.start()
    try await proxy.update(route: testRoute(blue: endpoints(blue), green: endpoints(green), split: split, edit))
    let port = try #require(await proxy.status(testKey)).listen.port
    try await test(ProxyFixture(proxy: proxy, port: port))
    result = .success(())
  } catch {
    result = .failure(error)
  }
  await proxy.shutdown(within: .zero)
  for service in blue + green { await service.stop() }
  if oneLoop { try await group.shutdownGracefully() }
  try result.get()
}
