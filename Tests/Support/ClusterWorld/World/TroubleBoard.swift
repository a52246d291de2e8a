import ClusterDouble
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// Crashes that wait for their occasion.
final class TroubleBoard: @unchecked Sendable {  // confined to the thread of its scheduler
  enum Moment { case before, after }

  /// How many calls go by before, and when the server is killed then.
  var atAppend: (calls: Int, moment: Moment)?
  var atWrite: (calls: Int, moment: Moment)?

  func strikeAppend() -> Moment? { Self.strike(&atAppend) }
  func strikeWrite() -> Moment? { Self.strike(&atWrite) }

  private static func strike(_ waiting: inout (calls: Int, moment: Moment)?) -> Moment? {
    guard let (calls, moment) = waiting else { return nil }
    waiting = calls > 0 ? (calls - 1, moment) : nil
    return calls > 0 ? nil : moment
  }
}

/// Brings a scene's troubles about, and ends them.
struct Troublemaker: Sendable {
  let world: ClusterWorld
  let room: ServerRoom

  private var scene: ClusterScene { world.scene }

  /// Does one trouble from its beginning to its end.
  func run(_ trouble: Trouble) async {
    guard await world.pause(trouble.at) else { return }
    world.trace("trouble", trouble.words)
    if await strike(trouble) { world.see("trouble \(trouble.kind.rawValue)") }
    world.trace("trouble", "\(trouble.kind.rawValue) is over")
  }

  /// - Returns: whether it had an occasion.
  private func strike(_ trouble: Trouble) async -> Bool {
    switch trouble.kind {
    case .errors: await rule(trouble, .answer(trouble.choice % 2 == 0 ? 500 : 503), share: 0.5)
    case .throttled: await rule(trouble, .answer(429, retryAfterSeconds: 1), share: 0.5)
    case .conflicts: await rule(trouble, .conflict, on: .writes, share: 0.5)
    case .slow: await rule(trouble, .delay(.seconds(Int64(1 + trouble.choice % 5))), share: 0.5)
    case .unanswered: await rule(trouble, .dropAfter, on: .writes, share: 0.5)
    case .unsent: await rule(trouble, .dropBefore, share: 0.5)
    case .watchBroken: await rule(trouble, .dropWatch, share: 0.05)
    case .watchStalled: await stall(trouble)
    case .compacted: await compact(trouble)
    case .down:
      await during(trouble) {
        $0.faults.isDown = true
      } after: {
        $0.faults.isDown = false
      }
    case .controllers: await stopController(trouble)
    case .podsDeleted, .podsKilled, .podsUnready: await strikePods(trouble)
    case .crash, .crashAtAppend, .crashAtWrite, .frozen, .twoServers: await strikeServer(trouble)
    }
  }

  private func during(
    _ trouble: Trouble, _ begin: @escaping @Sendable (inout ClusterState) -> Void,
    after end: @escaping @Sendable (inout ClusterState) -> Void
  ) async -> Bool {
    await world.cluster.with { begin(&$0) }
    guard await world.pause(trouble.length) else { return false }
    await world.cluster.with { end(&$0) }
    return true
  }

  private func rule(_ trouble: Trouble, _ effect: FaultEffect, on calls: CallPattern = .everything, share: Double) async -> Bool {
    let name = trouble.words
    guard await during(trouble, { $0.faults.add(FaultRule(name, effect, on: calls, share: share)) }, after: { $0.faults.remove(name) })
    else {
      return false
    }
    return await world.cluster.look { $0.faults.strikes[name] ?? 0 > 0 }
  }

  private func stall(_ trouble: Trouble) async -> Bool {
    let name = trouble.words
    return await during(trouble, { $0.faults.add(FaultRule(name, .stallWatch)) }, after: { $0.faults.remove(name) })
  }

  private func compact(_ trouble: Trouble) async -> Bool {
    let name = trouble.words
    await world.cluster.with { state in
      state.compact()
      state.faults.tooOldAsStatus = trouble.choice % 2 == 0
      state.faults.add(FaultRule(name, .dropWatch))
    }
    guard await world.pause(.milliseconds(50)) else { return false }
    await world.cluster.with { state in
      state.faults.remove(name)
      state.compact()
    }
    return true
  }

  private func stopController(_ trouble: Trouble) async -> Bool {
    let all: [Controller] = [.deployments, .replicaSets, .kubelet, .endpoints, .routers]
    let controller = all[trouble.choice % all.count]
    return await during(trouble, { $0.stopped.insert(controller) }, after: { $0.stopped.remove(controller) })
  }

  private func strikePods(_ trouble: Trouble) async -> Bool {
    let slot: Slot = trouble.choice % 2 == 0 ? .blue : .green
    let now = world.now
    let namespace = ClusterScene.namespace.description
    let names = await world.cluster.look { state in
      state.objects("Pod", namespace, labels: ["slipway.dev/slot": slot.rawValue]).compactMap { $0["metadata"]?["name"]?.text }
    }
    // One of them, or all.
    let struck = Array(trouble.choice < 5 ? names.prefix(1) : names[...])
    await world.cluster.with { state in
      for pod in struck {
        if trouble.kind == .podsDeleted {
          _ = state.respond(to: APIRequest("DELETE", "/api/v1/namespaces/\(namespace)/pods/\(pod)"), at: now)
        } else if trouble.kind == .podsUnready {
          state.setReadiness(false, namespace, pod)
        } else {
          state.kill(namespace, pod, at: now)
        }
      }
    }
    guard trouble.kind == .podsUnready else { return !struck.isEmpty }
    guard await world.pause(trouble.length) else { return false }
    await world.cluster.with { state in for pod in struck { state.setReadiness(nil, namespace, pod) } }
    return !struck.isEmpty
  }

  /// What the old server began after the newest had read the journal, that one would hear of with the next deployment only; where servers
  /// need a Lease it would have led alone. So it is started once more.
  private func takeUpWhatItBegan() async {
    guard let server = world.server, server.host.answers else { return }
    let known = Set(await server.engine.rollouts().map(\.id))
    if !world.judge.rollouts.allSatisfy({ known.contains($0.id) }) { server.host.kill("to take up what the old one began") }
  }

  private func strikeServer(_ trouble: Trouble) async -> Bool {
    guard let host = world.server?.host else { return false }
    let moment: TroubleBoard.Moment = trouble.choice % 2 == 0 ? .before : .after
    if trouble.kind == .crashAtAppend {
      world.troubles.atAppend = (trouble.choice, moment)
    } else if trouble.kind == .crashAtWrite {
      world.troubles.atWrite = (trouble.choice, moment)
    } else if trouble.kind == .crash {
      guard host.isAlive else { return false }
      host.kill("at an instant")
    } else {
      if trouble.kind == .frozen { host.freeze(until: world.now + trouble.length) }
      guard await world.pause(.seconds(1)) else { return false }
      room.startAnother()
      // The old one goes on for a while, and then its machine is gone.
      guard await world.pause(trouble.length + .seconds(20)) else { return false }
      host.kill("as the old one")
      await takeUpWhatItBegan()
    }
    return true
  }
}
