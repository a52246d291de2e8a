import SlipwayModel

/// Faults of the infrastructure that are mixed into runs.
package struct FaultGroup: Hashable, Sendable {
  /// A word for scripts, in snake_case.
  package let id: String
  /// What stands in the table after a comma: `server crashes`.
  package let title: String
  package let kinds: [FaultKind]

  /// Faults that strike each run, unless it is over before.
  static let perRun = 3

  /// One kind alone.
  package init(_ kind: FaultKind) {
    self.init(id: kind.rawValue.replacing("-", with: "_"), title: kind.rawValue, kinds: [kind])
  }

  /// All kinds of a part of the world, but for those that tell the engine what is not so, and those of readings, which are left out.
  package init(_ family: FaultKind.Family) {
    self.init(
      id: family.rawValue, title: family.words,
      kinds: FaultKind.allCases.filter { $0.family == family && !$0.isLie && $0 != .metricsNotANumber })
  }

  private init(id: String, title: String, kinds: [FaultKind]) {
    (self.id, self.title, self.kinds) = (id, title, kinds)
  }

  /// One group for each part of the world; what people do is no fault of the infrastructure, receivers of notices are no part of it, and
  /// gates are left out there.
  package static let all = FaultKind.Family.allCases.filter { $0 != .people && $0 != .notifier && $0 != .gate }.map { FaultGroup($0) }

  /// Faults of every kind together.
  package static let mixed = FaultGroup(id: "mixed", title: "infrastructure faults", kinds: all.flatMap(\.kinds))

  /// The kinds that a release is tried with while these faults strike.
  package func trials(errorRate: Double, broken: Trial.Expectation) -> [Trial] {
    let half = "fails half, \(title)"
    // What a lie makes of a bad release is nobody's fault.
    let expectation = kinds.contains(where: \.isLie) ? .either : broken
    return [
      Trial(
        id: "healthy_faults_\(id)", title: "healthy, \(title)", plural: "healthy releases amid \(title)",
        release: ReleaseModel(errorRate: errorRate), expectation: .either, excuse: "what goes wrong may be held against them", faults: self),
      Trial(
        id: "broken_faults_\(id)", title: half, plural: "releases that fail half of their requests amid \(title)",
        release: ReleaseModel(errorRate: 0.5), expectation: expectation, excuse: "what goes wrong hides it", faults: self),
    ]
  }

  /// - Parameter span: how long a run takes.
  func faults(within span: TimeSpan, _ random: inout SimulationRandom) -> [Fault] {
    Fault.random(Self.perRun, of: kinds, within: span, calls: 40, using: &random)
  }
}

extension FaultKind.Family {
  fileprivate var words: String {
    switch self {
    case .crash: "server crashes"
    case .leader: "two servers"
    case .disk: "disk faults"
    case .effect: "orders that fail"
    case .target: "target and router faults"
    case .process: "process faults"
    case .metrics: "figures missing"
    case .clock: "clock faults"
    case .people: "people"
    case .notifier: "receivers of notices"
    case .gate: "gates"
    }
  }
}
