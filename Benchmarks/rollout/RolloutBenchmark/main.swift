import Foundation

// Usage: rollout-benchmark SLIPWAY ANSWER-SERVICE [--quick]
// Measures what a user of the whole program sees: lost requests, time to withdraw, footprint. Prints a table; exits 1 when a
// target is missed.

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
  print("usage: rollout-benchmark SLIPWAY ANSWER-SERVICE [--quick]")
  exit(2)
}
let isQuick = arguments.contains("--quick")
let bench = try Bench(slipway: arguments[1], service: arguments[2])
var measures: [Measure] = []
do {
  print("switching under load")
  measures += try await measureSwitches(bench, switches: isQuick ? 3 : 20, requests: isQuick ? 5_000 : 200_000)
  print("withdrawing a failing candidate")
  measures += try await measureWithdrawal(bench, rounds: isQuick ? 1 : 5)
  print("replay")
  measures += try await measureReplay(events: isQuick ? 1_000 : 10_000)
  print("footprint")
  measures += try await measureFootprint(bench)
} catch {
  print("failed: \(error)")
  try await bench.end()
  exit(1)
}
try await bench.end()
print("\n| what | measured | target | reached |\n| --- | --- | --- | --- |")
for measure in measures { print("| \(measure.name) | \(measure.value) | \(measure.target) | \(measure.isReached ? "yes" : "no") |") }
exit(measures.allSatisfy(\.isReached) ? 0 : 1)
