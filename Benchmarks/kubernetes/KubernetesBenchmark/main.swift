import Foundation
import SlipwayModel

// Usage: kubernetes-benchmark SLIPWAY CLUSTER-HOST [--quick] [--rollouts N] [--minutes N]
// Drives many rollouts at once with the real `slipway serve` against the double of a cluster in a process of its own. Prints a table;
// exits 1 when a target is missed.

guard let settings = Settings(CommandLine.arguments) else {
  say("usage: kubernetes-benchmark SLIPWAY CLUSTER-HOST [--quick] [--rollouts N] [--minutes N]")
  exit(2)
}
let bench = try Bench(settings)
var measures: [Measure] = []
do {
  measures += try await SimulatedDays(days: settings.days).run()
  measures += try await bench.run()
} catch {
  say("failed: \(error)")
  say(bench.serverLog(lines: 20))
  bench.end()
  exit(1)
}
bench.end()
say("\n| what | measured | target | reached |\n| --- | --- | --- | --- |")
for measure in measures { say("| \(measure.name) | \(measure.value) | \(measure.target ?? "") | \(measure.verdict) |") }
exit(measures.allSatisfy { $0.isReached ?? true } ? 0 : 1)
