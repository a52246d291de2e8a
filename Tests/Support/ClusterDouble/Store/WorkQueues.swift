import SlipwayModel

/// The parts of a cluster that act on their own. Tests stop one to see what waits for it.
package enum Controller: Int, CaseIterable, Hashable, Sendable {
  case deployments, replicaSets, kubelet, endpoints, autoscalers, quotas, routers, garbage, namespaces, events
}

/// Which objects each controller has to look at, now or at a certain time.
struct WorkQueues: Sendable {
  private struct Timer: Sendable {
    let at: Timestamp
    let order: Int
    let controller: Controller
    let name: ObjectName
  }

  private var dirty: [Set<ObjectName>] = Controller.allCases.map { _ in [] }
  /// A binary heap, soonest first.
  private var timers: [Timer] = []
  private var set: [Controller: [ObjectName: Timestamp]] = [:]
  private var order = 0

  mutating func add(_ name: ObjectName, to controller: Controller) { dirty[controller.rawValue].insert(name) }

  /// Looks at the object again at a time; an earlier time that was set before stays.
  mutating func add(_ name: ObjectName, to controller: Controller, at time: Timestamp) {
    if let known = set[controller]?[name], known <= time { return }
    set[controller, default: [:]][name] = time
    order += 1
    timers.append(Timer(at: time, order: order, controller: controller, name: name))
    var child = timers.count - 1
    while child > 0, Self.isSooner(timers[child], timers[(child - 1) / 2]) {
      timers.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  var nextTimer: Timestamp? { timers.first?.at }

  /// Moves what is due into the queues.
  mutating func wake(at now: Timestamp) {
    while let first = timers.first, first.at <= now {
      removeFirstTimer()
      // A later timer of the same object may have been replaced by a sooner one; a spare look does no harm.
      if let time = set[first.controller]?[first.name], time <= now { set[first.controller]?[first.name] = nil }
      dirty[first.controller.rawValue].insert(first.name)
    }
  }

  mutating func take(_ controller: Controller) -> [ObjectName] {
    guard !dirty[controller.rawValue].isEmpty else { return [] }
    defer { dirty[controller.rawValue].removeAll(keepingCapacity: true) }
    return dirty[controller.rawValue].sorted()
  }

  func hasWork(except stopped: Set<Controller>) -> Bool {
    Controller.allCases.contains { !dirty[$0.rawValue].isEmpty && !stopped.contains($0) }
  }

  private mutating func removeFirstTimer() {
    let last = timers.removeLast()
    guard !timers.isEmpty else { return }
    timers[0] = last
    var parent = 0
    while true {
      let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < timers.count }
      guard let child = children.min(by: { Self.isSooner(timers[$0], timers[$1]) }), Self.isSooner(timers[child], timers[parent])
      else { return }
      timers.swapAt(child, parent)
      parent = child
    }
  }

  private static func isSooner(_ a: Timer, _ b: Timer) -> Bool { a.at == b.at ? a.order < b.order : a.at < b.at }
}
