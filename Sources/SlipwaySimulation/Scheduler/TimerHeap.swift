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

/// Who waits for which instant, soonest first: a binary min-heap (Cormen et al., Introduction to Algorithms, chapter 6).
///
/// The sleepers lie beside the heap and stay where they are: to move them along would mean to count references at each step.
struct TimerHeap {
  private struct Timer {
    let at: Timestamp
    /// Rises with each timer: of two at the same instant the one that was set first fires first.
    let number: UInt64
    /// Where the sleeper lies.
    let bed: Int

    func isSooner(than other: Timer) -> Bool { at == other.at ? number < other.number : at < other.at }
  }

  private var timers: [Timer] = []
  private var sleepers: [Sleeper?] = []
  private var free: [Int] = []
  private var newest: UInt64 = 0

  mutating func insert(_ sleeper: Sleeper, until instant: Timestamp) {
    let bed = free.popLast() ?? sleepers.count
    if bed == sleepers.count { sleepers.append(sleeper) } else { sleepers[bed] = sleeper }
    newest += 1
    timers.append(Timer(at: instant, number: newest, bed: bed))
    var place = timers.count - 1
    while place > 0, timers[place].isSooner(than: timers[(place - 1) / 2]) {
      timers.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func removeFirst() -> (at: Timestamp, sleeper: Sleeper)? {
    guard let first = timers.first, let last = timers.popLast() else { return nil }
    if !timers.isEmpty {
      timers[0] = last
      sink()
    }
    free.append(first.bed)
    // Each timer has a sleeper: only its removal takes it away.
    return sleepers[first.bed].take().map { (first.at, $0) }
  }

  private mutating func sink() {
    var place = 0
    while true {
      let (left, right) = (2 * place + 1, 2 * place + 2)
      var least = place
      if left < timers.count, timers[left].isSooner(than: timers[least]) { least = left }
      if right < timers.count, timers[right].isSooner(than: timers[least]) { least = right }
      if least == place { return }
      timers.swapAt(place, least)
      place = least
    }
  }
}
