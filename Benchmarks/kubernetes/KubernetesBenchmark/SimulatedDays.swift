import Foundation
import Logging
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime
import SlipwaySimulation
import Synchronization
import TwinWorld

/// The engine in simulated time: one rollout that holds one stage for a month, looked at every second, by figures of every second. The
/// world around it is in memory, so that what grows is what the engine keeps.
struct SimulatedDays {
  let days: Int64

  private final class Samples: Sendable {
    /// By days of simulated time: resident MiB.
    let taken = Mutex<[(day: Double, resident: Double)]>([])
  }

  func run() async throws -> [Measure] {
    let began = ContinuousClock.now
    let samples = Samples()
    let phase = try await SimulatedScheduler.run { scheduler in
      try await Self.world(days, scheduler) { day in
        let resident = try ProcessFigures(of: getpid()).residentMebibytes
        samples.taken.withLock { $0.append((day, resident)) }
      }
    }
    guard phase == .shifting else { throw BenchError("the simulated rollout is \(phase.rawValue)") }
    let taken = samples.taken.withLock { $0 }
    let early = taken.first { $0.day >= Double(days) / 10 }?.resident ?? 0
    let late = taken.last?.resident ?? 0
    let lasted = (ContinuousClock.now - began).components.seconds
    say("\(days) simulated days in \(lasted) s")
    return [
      Measure(
        name: "\(days) simulated days of a rollout, \(days * 86_400) looks: resident after a tenth of them, at the end",
        value: "\(Int(early)), \(Int(late)) MiB", target: "no growth (2 MiB)", isReached: late - early <= 2)
    ]
  }

  /// Returns the rollout's phase at the end.
  private static func world(
    _ days: Int64, _ scheduler: SimulatedScheduler, _ sample: @escaping @Sendable (_ day: Double) throws -> Void
  ) async throws -> RolloutPhase {
    let start = Timestamp(milliseconds: 1_795_000_000_000)
    scheduler.begin(at: start) { _ in }
    let clock = WorldClock(scheduler: scheduler)
    let (target, journal) = (TwinTarget(clock: clock), MemoryJournal())
    let ports = Ports(
      journal: journal, leases: journal, target: target, router: target, metrics: target, values: MemoryValues(), clock: clock,
      ids: SystemIDs())
    let engine = Engine(ports: ports, logger: Logger(label: "days") { _ in SwiftLogNoOpLogHandler() })
    try await engine.recover()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      defer { group.cancelAll() }
      for version in ["v1", "v2"] {
        let id = try await engine.deploy(try request(version, holding: .hours(24 * (days + 1))))
        if version == "v1" {
          while try await !engine.rollout(id).phase.isTerminal { try await clock.sleep(for: .seconds(1)) }
        } else {
          for step in 1...100 {
            try await clock.sleep(for: .minutes(days * 1440 / 100))
            try sample(Double(days) * Double(step) / 100)
          }
          let phase = try await engine.rollout(id).phase
          scheduler.end()
          return phase
        }
      }
      return .failed
    }
  }

  private static func request(_ version: String, holding: TimeSpan) throws -> DeployRequest {
    guard let name = Name("api"), let tag = Version(version), let share = Percentage(percent: 20), let most = Percentage(percent: 1) else {
      throw BenchError("these are valid")
    }
    let criterion = Criterion(metric: .errorRate, comparison: .less, bound: .percentage(most))
    let service = ServiceSpec(name: name, artifact: "app", run: "./app", health: HealthSpec(minimumHealthyTime: .seconds(1)))
    let stage = StageSpec(name: "20%", traffic: share, duration: holding, criteria: [criterion])
    return DeployRequest(
      service: name, version: tag,
      environment: EnvironmentSpec(
        name: name, target: .local, listen: [:], replicas: 2, services: [service],
        strategy: .canary(CanarySpec(stages: [stage], keepPrevious: .seconds(1))), rollback: RollbackSpec()),
      configuration: Digest(hashing: Array(version.utf8)), folder: "/", reason: "benchmark", actor: Actor(.person, "bench"))
  }
}

/// The time of a simulated world.
private struct WorldClock: EngineClock {
  let scheduler: SimulatedScheduler

  func now() -> Timestamp { scheduler.now }
  func sleep(for span: TimeSpan) async throws { try await scheduler.sleep(until: scheduler.now + span) }
}
