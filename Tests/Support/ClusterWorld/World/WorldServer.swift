import Logging
import SlipwayEngine
import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import TwinWorld

/// One life of a server: the engine, and the client of the cluster with its caches, as `slipway serve` puts them together.
final class WorldServer: Sendable {
  let host: Host
  let engine: Engine
  private let clusters: Clusters

  init(_ host: Host, _ network: Network) {
    self.host = host
    let world = host.world
    let ports = HostPorts(host: host)
    let quiet = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
    clusters = Clusters(clock: ports) { _ in
      KubernetesClient(
        transport: MemoryTransport(network: network, server: host), clock: ports, random: { world.draw() }, logger: quiet)
    } resolveImage: { reference in
      Digest(hashing: Array(reference.utf8))
    }
    let nowhere = Nowhere()
    engine = Engine(
      ports: Ports(
        journal: ports, leases: ports, target: nowhere, router: nowhere, metrics: ports, values: world.values, clock: ports, ids: ports,
        clusters: clusters), logger: quiet)
  }

  /// Runs until it is killed or the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.clusters.run() }
      group.addTask { await self.live() }
      await host.death.opened()
      group.cancelAll()
    }
  }

  private func live() async {
    let world = host.world
    do {
      try await engine.recover()
    } catch {
      if host.isAlive { world.trace("server", "number \(host.number) could not start: \(error)") }
      return host.kill("at its start")
    }
    guard host.isAlive else { return }
    world.judge.recovered(await engine.rollouts(), at: world.now)
    host.answers = true
    await engine.run()
  }
}

/// Starts servers: one, another one each time the newest has died, and one beside it when that is wanted.
final class ServerRoom: Sendable {
  private let world: ClusterWorld
  private let network: Network
  private let starts: AsyncStream<Void>
  private let start: AsyncStream<Void>.Continuation

  init(_ world: ClusterWorld, _ network: Network) {
    (self.world, self.network) = (world, network)
    (starts, start) = AsyncStream.makeStream()
    start.yield()
  }

  /// Starts another server, whether or not there is one.
  func startAnother() { start.yield() }

  func run() async {
    await withDiscardingTaskGroup { group in
      for await _ in starts { group.addTask { await self.serve() } }
      group.cancelAll()
    }
  }

  private func serve() async {
    world.servers += 1
    let host = Host(number: world.servers, world: world)
    let server = WorldServer(host, network)
    world.server = server
    world.trace("server", "number \(host.number) starts")
    await server.run()
    // An old one that dies beside the newest is not missed.
    guard world.server === server, await world.pause(.seconds(Int64(1 + host.number % 4))), world.server === server else { return }
    start.yield()
  }
}
