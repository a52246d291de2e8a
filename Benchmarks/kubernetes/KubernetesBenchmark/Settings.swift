import Foundation

/// How much is measured.
struct Settings: Sendable {
  let slipway: String
  let host: String
  var rollouts = 1000
  var namespaces = 25
  /// How long the steady state is looked at: longer than the minutes for which figures are kept apart before they become sums.
  var seconds = 480
  /// How many candidates are made to fail.
  var failures = 100
  /// How long a rollout is simulated.
  var days: Int64 = 30

  /// `nil` for what can't be understood.
  init?(_ arguments: [String]) {
    guard arguments.count >= 3 else { return nil }
    (slipway, host) = (arguments[1], arguments[2])
    var rest = arguments.dropFirst(3)
    while let option = rest.popFirst() {
      switch option {
      case "--quick": (rollouts, namespaces, seconds, failures, days) = (50, 5, 30, 10, 1)
      case "--rollouts", "--minutes":
        guard let number = rest.popFirst().flatMap({ Int($0) }), number > 0 else { return nil }
        if option == "--minutes" { seconds = number * 60 } else { rollouts = number }
      default: return nil
      }
    }
    namespaces = min(namespaces, rollouts)
    failures = min(failures, rollouts)
  }
}

/// Prints a line at once, also into a pipe.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// One figure, and what it has to be.
struct Measure: Sendable {
  let name: String
  let value: String
  /// In words; `nil` for figures that are only told.
  var target: String?
  var isReached: Bool?

  var verdict: String { isReached.map { $0 ? "yes" : "no" } ?? "" }
}

/// The value that a share of the others lie at or below; 0 without any.
func percentile(_ values: [Int64], _ share: Double) -> Int64 {
  let sorted = values.sorted()
  guard let last = sorted.indices.last else { return 0 }
  return sorted[min(last, max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1))]
}
