import ClusterDouble
import Synchronization

/// An answer that is on its way. Whoever waits for it may be cancelled; then it reaches nobody.
final class PendingReply: Sendable {
  private enum State {
    case open
    case waiting(CheckedContinuation<APIAnswer?, any Error>)
    case answered(APIAnswer?)
    case over
  }

  private let state = Mutex(State.open)

  /// - Parameter answer: `nil` when the connection broke off.
  func resolve(_ answer: APIAnswer?) {
    let waiter = state.withLock { state -> CheckedContinuation<APIAnswer?, any Error>? in
      switch state {
      case .open: state = .answered(answer)
      case .waiting(let waiter):
        state = .over
        return waiter
      case .answered, .over: break
      }
      return nil
    }
    waiter?.resume(returning: answer)
  }

  /// - Throws: `CancellationError`.
  func arrived() async throws -> APIAnswer? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let answer = state.withLock { state -> Result<APIAnswer?, any Error>? in
          switch state {
          case .open:
            state = .waiting(waiter)
            return nil
          case .answered(let answer):
            state = .over
            return .success(answer)
          case .waiting, .over: return .failure(CancellationError())
          }
        }
        if let answer { waiter.resume(with: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<APIAnswer?, any Error>? in
        defer { state = .over }
        return if case .waiting(let waiter) = state { waiter } else { nil }
      }
      waiter?.resume(throwing: CancellationError())
    }
  }
}
