import SlipwayModel
import Synchronization

/// Somebody who waits for an instant, or for his cancellation.
final class Sleeper: Sendable {
  private enum State {
    case awake
    case asleep(UnsafeContinuation<Void, any Error>)
    case cancelled
  }

  private let state = Mutex(State.awake)

  var isAsleep: Bool { state.withLock { if case .asleep = $0 { true } else { false } } }

  /// - Returns: `false` for somebody who was cancelled before.
  func lieDown(_ continuation: UnsafeContinuation<Void, any Error>) -> Bool {
    state.withLock { state in
      if case .cancelled = state { return false }
      state = .asleep(continuation)
      return true
    }
  }

  func wake() { leave(.awake)?.resume() }

  func cancel() { leave(.cancelled)?.resume(throwing: CancellationError()) }

  private func leave(_ next: State) -> UnsafeContinuation<Void, any Error>? {
    state.withLock { state in
      defer { state = next }
      return if case .asleep(let continuation) = state { continuation } else { nil }
    }
  }
}

/// An instant that somebody waits for.
struct SleepTimer: Comparable {
  let at: Timestamp
  /// Rises with each timer: of two at the same instant the one that was set first fires first.
  let id: UInt64
  let sleeper: Sleeper

  static func == (a: SleepTimer, b: SleepTimer) -> Bool { a.id == b.id }

  static func < (a: SleepTimer, b: SleepTimer) -> Bool {
    a.at == b.at ? a.id < b.id : a.at < b.at
  }
}

/// A binary min-heap of timers (Cormen et al., Introduction to Algorithms, chapter 6).
struct TimerHeap {
  private var timers: [SleepTimer] = []

  mutating func insert(_ timer: SleepTimer) {
    timers.append(timer)
    var place = timers.count - 1
    while place > 0, timers[place] < timers[(place - 1) / 2] {
      timers.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func removeFirst() -> SleepTimer? {
    guard let last = timers.popLast() else { return nil }
    guard let first = timers.first else { return last }
    timers[0] = last
    var place = 0
    while true {
      let (left, right) = (2 * place + 1, 2 * place + 2)
      var least = place
      if left < timers.count, timers[left] < timers[least] { least = left }
      if right < timers.count, timers[right] < timers[least] { least = right }
      if least == place { return first }
      timers.swapAt(place, least)
      place = least
    }
  }
}
