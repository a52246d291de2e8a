import SlipwayModel

/// The faults of a run: which are still to come, which strike now, and which have struck.
struct FaultBoard {
  /// Nothing ever goes wrong: the world takes the short way.
  let isQuiet: Bool
  /// Those that strike at an instant.
  let timed: [Fault]
  private(set) var struck: [Fault] = []
  private var waiting: [Fault]
  private var calls: [(kind: FaultKind, count: Int)] = []
  private var open: [(fault: Fault, until: Timestamp)] = []

  init(_ faults: [Fault]) {
    isQuiet = faults.isEmpty
    timed = faults.filter { if case .instant = $0.at { true } else { false } }
    waiting = faults.filter { if case .call = $0.at { true } else { false } }
  }

  /// Counts a call that this kind could strike.
  ///
  /// - Returns: the fault that strikes it.
  mutating func strike(_ kind: FaultKind) -> Fault? {
    guard waiting.contains(where: { $0.kind == kind }) else { return nil }
    let place = calls.firstIndex { $0.kind == kind } ?? calls.endIndex
    if place == calls.endIndex { calls.append((kind, 0)) }
    defer { calls[place].count += 1 }
    guard let hit = waiting.firstIndex(where: { $0.kind == kind && $0.at == .call(calls[place].count) }) else { return nil }
    let fault = waiting.remove(at: hit)
    struck.append(fault)
    return fault
  }

  /// Notes that a fault of an instant has struck.
  mutating func note(_ fault: Fault) { struck.append(fault) }

  /// Lets a fault last.
  mutating func open(_ fault: Fault, until end: Timestamp) { open.append((fault, end)) }

  /// The fault of this kind that lasts at this instant.
  func lasting(_ kind: FaultKind, at now: Timestamp) -> Fault? {
    open.first { $0.fault.kind == kind && $0.until > now }?.fault
  }
}
