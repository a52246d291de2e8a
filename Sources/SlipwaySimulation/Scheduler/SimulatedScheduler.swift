import Foundation
import SlipwayModel
import Synchronization

/// One thread with a time of its own, on which a whole simulated world runs: every task and every actor of it.
///
/// Jobs run in the order in which they became ready. When none is ready, time jumps to the earliest timer; timers of the
/// same instant fire in the order in which they were set. Nothing else decides an order, so the same program does the same
/// on every machine. Several schedulers run side by side and share nothing.
///
/// Tasks come here by ``run(_:)`` (SE-0417): their child tasks and the default actors that they call follow them.
package final class SimulatedScheduler: TaskExecutor {
  /// What keeps a world from going on.
  package enum Standstill: Hashable, Sendable {
    /// No job is ready and nobody waits for an instant: everybody waits for somebody else.
    case deadlock
    /// A million jobs ran without any time going by.
    case spinning
  }

  private struct State {
    var ready: [UnownedJob] = []
    var timers = TimerHeap()
    var now = Timestamp(milliseconds: 0)
    var jobsAtThisInstant = 0
    var onStandstill: (@Sendable (Standstill) -> Void)?
    /// The thread has nothing to do and sleeps until a job comes from outside.
    var isIdle = false
    var isStopped = false
  }

  private enum Turn {
    case jobs
    case timer(Sleeper)
    case standstill(Standstill, @Sendable (Standstill) -> Void)
    case idle
    case stopped
  }

  private let state = Mutex(State())
  /// The present instant once more, in milliseconds: asked for more often than anything else.
  private let clock = Atomic<Int64>(0)
  private let wake = NSCondition()

  private init() {}

  /// Runs `body` and everything that it starts on a scheduler with a thread of its own, which ends with it.
  package static func run<Result: Sendable>(
    _ body: @escaping @Sendable (SimulatedScheduler) async throws -> Result
  ) async rethrows -> Result {
    let scheduler = SimulatedScheduler()
    let thread = Thread { scheduler.work() }
    thread.name = "simulation"
    thread.stackSize = 8 << 20
    thread.start()
    defer { scheduler.stop() }
    return try await withTaskExecutorPreference(scheduler) { try await body(scheduler) }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let wasIdle = state.withLock { state in
      state.ready.append(job)
      defer { state.isIdle = false }
      return state.isIdle
    }
    if wasIdle { signal() }
  }

  /// Begins a world: sets the time, which may also go back, and says whom to tell when nothing can go on. Told once.
  package func begin(at instant: Timestamp, onStandstill: @escaping @Sendable (Standstill) -> Void) {
    state.withLock { state in
      state.now = instant
      clock.store(instant.milliseconds, ordering: .relaxed)
      state.jobsAtThisInstant = 0
      state.onStandstill = onStandstill
    }
  }

  /// Ends a world: from here on a scheduler without jobs waits for the next one.
  package func end() {
    state.withLock { $0.onStandstill = nil }
  }

  /// The present instant of the world.
  package var now: Timestamp { Timestamp(milliseconds: clock.load(ordering: .relaxed)) }

  /// Returns when the world has come to an instant; at once when that is past.
  ///
  /// - Throws: `CancellationError`, at the instant of the cancellation.
  package func sleep(until instant: Timestamp) async throws {
    let sleeper = Sleeper()
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
        guard sleeper.lieDown(continuation) else { return continuation.resume(throwing: CancellationError()) }
        state.withLock { $0.timers.insert(sleeper, until: max(instant, $0.now)) }
      }
    } onCancel: {
      sleeper.cancel()
    }
  }
}

extension SimulatedScheduler {
  private static let mostJobsPerInstant = 1_000_000

  private func work() {
    let executor = asUnownedTaskExecutor()
    var batch: [UnownedJob] = []
    while true {
      batch.removeAll(keepingCapacity: true)
      switch state.withLock({ nextTurn(&$0, &batch) }) {
      case .jobs: for job in batch { job.runSynchronously(on: executor) }
      case .timer(let sleeper): sleeper.wake()
      case .standstill(let standstill, let tell): tell(standstill)
      case .idle: waitForJobs()
      case .stopped: return
      }
    }
  }

  private func nextTurn(_ state: inout State, _ batch: inout [UnownedJob]) -> Turn {
    if state.jobsAtThisInstant > Self.mostJobsPerInstant, let tell = state.onStandstill {
      state.onStandstill = nil
      return .standstill(.spinning, tell)
    }
    if !state.ready.isEmpty {
      swap(&state.ready, &batch)
      state.jobsAtThisInstant += batch.count
      return .jobs
    }
    while let timer = state.timers.removeFirst() {
      guard timer.sleeper.isAsleep else { continue }
      if timer.at > state.now {
        state.now = timer.at
        clock.store(timer.at.milliseconds, ordering: .relaxed)
        state.jobsAtThisInstant = 0
      }
      return .timer(timer.sleeper)
    }
    if state.isStopped { return .stopped }
    if let tell = state.onStandstill {
      state.onStandstill = nil
      return .standstill(.deadlock, tell)
    }
    state.isIdle = true
    return .idle
  }

  private func waitForJobs() {
    wake.lock()
    while state.withLock({ $0.isIdle }) { wake.wait() }
    wake.unlock()
  }

  private func stop() {
    state.withLock { state in
      state.isStopped = true
      state.isIdle = false
    }
    signal()
  }

  private func signal() {
    wake.lock()
    wake.signal()
    wake.unlock()
  }
}
