import SlipwayModel
import SlipwaySimulation

// Usage: simulation-benchmark [RUNS] [SEED] [none | all | KIND OF FAULT] [FAULTS PER RUN]
// With 0 runs: shows one run of that seed, line by line.
let arguments = Array(CommandLine.arguments.dropFirst())
let runs = arguments.first.flatMap { Int($0) } ?? 1000
let seed = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1
let kinds = FaultKind.named(arguments.dropFirst(2).first ?? "none")
let count = arguments.dropFirst(3).first.flatMap { Int($0) } ?? 4

if runs == 0 {
  let report = await SimulatedScheduler.run { await Scenario.runBenchmark(seed: seed, kinds, count, tracing: true, on: $0) }
  for line in report.trace { print(line) }
  var total = Total()
  total.add(report)
  total.show(in: .seconds(1))
} else {
  let clock = ContinuousClock()
  let start = clock.now
  let total = await SimulatedScheduler.run { scheduler in
    var total = Total()
    for number in 0..<runs {
      total.add(await Scenario.runBenchmark(seed: seed &+ UInt64(number), kinds, count, tracing: false, on: scheduler))
    }
    return total
  }
  total.show(in: start.duration(to: clock.now))
}
