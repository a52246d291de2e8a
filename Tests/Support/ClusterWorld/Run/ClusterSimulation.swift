import ClusterDouble
import SlipwayModel
import SlipwaySimulation

/// What became of one scene.
package struct ClusterReport: Sendable {
  package let scene: ClusterScene
  /// Rules that were broken; empty when all is well.
  package let violations: [String]
  package let sightings: Set<String>
  /// How many rollouts there were.
  package let rollouts: Int
  /// Of the world's time.
  package let duration: TimeSpan
  /// One line for each entry, write, change of the split, trouble and act; empty unless asked for.
  package let trace: [String]
}

/// Runs the unchanged engine and the unchanged client against the double of a cluster, in virtual time.
package enum ClusterSimulation {
  /// Runs the scene of a seed: the same seed gives the same run, to the last line of its trace.
  ///
  /// - Parameters:
  ///   - sabotage: what is done in a server's name, to see that it is seen; the run ends with it.
  ///   - scheduler: the one that the caller runs on; see `SimulatedScheduler.run(_:)`.
  package static func run(
    seed: UInt64, tracing: Bool = false, sabotage: Sabotage? = nil, on scheduler: SimulatedScheduler
  ) async -> ClusterReport {
    let scene = ClusterScene(seed: seed)
    let world = ClusterWorld(scene, tracing: tracing, on: scheduler)
    scheduler.begin(at: ClusterScene.start) { standstill in
      world.judge.violate("standstill", "\(standstill)", at: world.now)
      world.over.open()
    }
    let network = Network(world)
    let room = ServerRoom(world, network)
    let first = Latch()
    world.trace("scene", scene.words)
    await withDiscardingTaskGroup { group in
      group.addTask { await network.run() }
      group.addTask { await world.cluster.run() }
      group.addTask { await world.meter.run(world) }
      group.addTask { await room.run() }
      group.addTask { await People(world: world).work(first: first) }
      group.addTask { await Self.makeTroubles(world, room, first) }
      group.addTask { await Self.limit(world) }
      group.addTask { await Self.awaitRest(world) }
      if let sabotage { group.addTask { await world.suffer(sabotage, network) } }
      await world.over.opened()
      await world.judge.judgeEnd(world)
      group.cancelAll()
    }
    scheduler.end()
    // World, server and ports hold each other.
    world.server = nil
    let judge = world.judge
    return ClusterReport(
      scene: scene, violations: judge.violations, sightings: judge.sightings, rollouts: judge.rollouts.count,
      duration: scheduler.now - ClusterScene.start, trace: judge.lines)
  }

  /// Troubles begin with the second release, or in some scenes at once.
  private static func makeTroubles(_ world: ClusterWorld, _ room: ServerRoom, _ first: Latch) async {
    if !world.scene.troublesBeginAtOnce { await first.opened() }
    await withDiscardingTaskGroup { group in
      for trouble in world.scene.troubles { group.addTask { await Troublemaker(world: world, room: room).run(trouble) } }
    }
    guard !Task.isCancelled else { return }
    // A crash that has not found its occasion does not wait for ever.
    world.judge.calmSince = world.now
    world.troublesAreOver = true
  }

  /// No scene takes so long.
  private static func limit(_ world: ClusterWorld) async {
    guard await world.pause(.hours(3)) else { return }
    world.judge.violate("liveness", "the scene is not over after three hours", at: world.now)
    world.over.open()
  }

  /// Waits until everything was done, and then until the cluster is at rest.
  private static func awaitRest(_ world: ClusterWorld) async {
    repeat { guard await world.pause(.seconds(1)) else { return } } while !world.isDone
    let judge = world.judge
    var unrest: [String] = []
    for _ in 0..<90 {
      unrest = await world.cluster.look { judge.unrest($0) }
      if unrest.isEmpty { break }
      guard await world.pause(.seconds(1)) else { return }
    }
    for words in unrest { judge.violate("end", words, at: world.now) }
    world.over.open()
  }
}
