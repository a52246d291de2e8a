import SlipwayEngine
import SlipwayModel

/// A gate of a rollout and how far it is.
package struct GateView: Hashable, Sendable, Codable {
  package enum State: String, Hashable, Sendable, Codable {
    /// Not asked yet.
    case open
    /// Asked until it passes or its time is up.
    case asked
    case passed
    /// It said no, or its time is up.
    case failed
  }

  package let name: Name
  package let before: GateSpec.Place
  package let state: State
  /// The newest answer in words: `says not yet: load test is running`; `nil` before there is one.
  package let answer: String?

  /// The gates of a rollout in the order of asking; `nil` for a plan without any.
  static func all(of rollout: Rollout) -> [GateView]? {
    guard let gates = rollout.plan.gates, !gates.isEmpty else { return nil }
    let progress = rollout.gates
    let asked = rollout.askedGate?.name
    return gates.map { gate in
      let isLatest = progress?.latest?.gate == gate.name
      let state: State =
        if progress?.passed.contains(gate.name) == true { .passed } else if gate.name == asked { .asked } else if isLatest { .failed } else
        {
          .open
        }
      return GateView(name: gate.name, before: gate.before, state: state, answer: isLatest ? progress?.latest?.account : nil)
    }
  }
}

extension GatesStarted {
  func sentence(plan: Plan?) -> String {
    let names = (plan?.gates ?? []).filter { $0.before == before }.map(\.name.description)
    let which = names.isEmpty ? "gates" : "\(names.count == 1 ? "gate" : "gates") \(names.joined(separator: ", "))"
    return switch before {
    case .deploy: "asking \(which) before the deployment"
    case .promotion: "asking \(which) before the candidate gets all traffic"
    }
  }
}

extension GateAnswered {
  var sentence: String { "gate \(gate) \(account)" + (took >= .seconds(1) ? " (after \(took))" : "") }
}
