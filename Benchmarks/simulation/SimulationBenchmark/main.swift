import Foundation
import SlipwayModel
import SlipwaySimulation

// Usage: simulation-benchmark [runs] [seed]
let runs = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
let seed = CommandLine.arguments.dropFirst(2).first.flatMap { UInt64($0) } ?? 1

let clock = ContinuousClock()
let start = clock.now
let total = await SimulatedScheduler.run { scheduler in
  var total = Total()
  for number in 0..<runs {
    total.add(await Simulation.run(.benchmark(seed: seed &+ UInt64(number)), on: scheduler))
  }
  return total
}
total.show(in: start.duration(to: clock.now))
