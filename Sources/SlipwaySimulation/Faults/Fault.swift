import SlipwayModel

/// One thing that goes wrong in a run. A scenario and a list of faults give a run in full; any part of the list gives another
/// one, so that a list can be shrunk by leaving faults out.
package struct Fault: Hashable, Sendable, Codable {
  /// When it strikes: kinds of a call do so at a call, all others at an instant.
  package enum Occasion: Hashable, Sendable, Codable {
    /// The n-th call, from 0, that this kind could strike.
    case call(Int)
    /// From the beginning of the run.
    case instant(TimeSpan)
  }

  package var kind: FaultKind
  package var at: Occasion
  /// How bad it is, 0...1; each kind says what that means.
  package var size: Double

  package init(_ kind: FaultKind, at: Occasion, size: Double = 0.5) {
    self.kind = kind
    self.at = at
    self.size = size
  }
}

extension Fault: CustomStringConvertible {
  /// `crash-after-append at call 12`, `metrics-late at 41s, size 0.25`.
  package var description: String {
    let occasion =
      switch at {
      case .call(let number): "call \(number)"
      case .instant(let instant): "\(instant)"
      }
    return "\(kind.rawValue) at \(occasion), size \((size * 100).rounded() / 100)"
  }
}

extension Fault {
  /// Draws faults of these kinds.
  ///
  /// - Parameters:
  ///   - span: instants lie within this time from the beginning of the run, calls among the first `calls`.
  package static func random(
    _ count: Int, of kinds: [FaultKind], within span: TimeSpan, calls: Int, using random: inout SimulationRandom
  ) -> [Fault] {
    guard !kinds.isEmpty else { return [] }
    return (0..<count).map { _ in
      let kind = kinds[random.whole(in: 0...kinds.count - 1)]
      let at: Occasion =
        kind.strikesCalls
        ? .call(random.whole(in: 0...max(0, calls - 1)))
        : .instant(.milliseconds(Int64(random.whole(in: 0...Int(max(0, span.milliseconds))))))
      return Fault(kind, at: at, size: random.unit())
    }
  }
}
