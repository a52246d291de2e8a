import Logging
import NIOCore
import SlipwayModel
import SlipwayPorts

/// An answer that was read to its end.
struct Answer: Equatable, Sendable {
  let status: Int
  let body: [UInt8]
}

/// Brings requests to the API server: within the client's rate, again when that helps, and never beyond the call's limit.
struct RequestSender: Sendable {
  let transport: any ClusterTransport
  let budget: RateBudget
  let clock: any EngineClock
  let random: @Sendable () -> Double
  let logger: Logger

  /// What one attempt came to.
  private enum Outcome {
    case answer(Answer)
    case failedAnswer(Answer, pause: TimeSpan)
    case failed(SlipwayError, pause: TimeSpan)
  }

  /// An answer longer than this is refused.
  static let bodyLimit = 64 << 20

  /// - Returns: the answer, whatever its status is; after all attempts the last one.
  /// - Throws: `SlipwayError` with code `cluster-unreachable`, `cluster-busy` when only the client's rate was in the way, or
  ///   `cluster-credentials`; `CancellationError`.
  func send(_ request: ClusterRequest, for call: ClusterCall, mayBeRepeated: Bool) async throws -> Answer {
    let deadline = clock.now() + call.limit
    var request = request
    if call.priority == .urgent { request.lane = .urgent }
    let backOff = BackOff(first: .milliseconds(100), most: call.priority == .urgent ? .seconds(1) : .seconds(5), random: random)
    var hasRenewed = false
    var attempt = 0
    while true {
      try await waitForTurn(call, deadline: deadline)
      try await prepare(call, deadline: deadline)
      // A connection that died silently must leave time for another one.
      let left = max(deadline - clock.now(), .milliseconds(1))
      let limit = mayBeRepeated ? min(left, max(.seconds(3), .milliseconds(call.limit.milliseconds / 3))) : left
      let outcome = try await attemptOnce(request, call, limit, attempt, backOff, mayBeRepeated)
      let pause: TimeSpan
      switch outcome {
      case .answer(let answer) where answer.status == 401 && !hasRenewed:
        hasRenewed = true
        guard await transport.renewCredentials() else { return answer }
        continue
      case .answer(let answer): return answer
      case .failedAnswer(let answer, let wait):
        pause = wait
        if clock.now() + wait >= deadline { return answer }
      case .failed(let error, let wait):
        pause = wait
        if clock.now() + wait >= deadline { throw error }
      }
      logger.debug("again", metadata: ["purpose": "\(call.purpose)", "attempt": "\(attempt + 1)", "pause": "\(pause)"])
      attempt += 1
      try await clock.sleep(for: pause)
    }
  }

  private func waitForTurn(_ call: ClusterCall, deadline: Timestamp) async throws {
    try Task.checkCancellation()
    let now = clock.now()
    guard let wait = budget.take(call.priority, at: now, limit: deadline - now) else {
      throw SlipwayError.clusterBusy("can't \(call.purpose) within \(call.limit): too many other calls of Slipway come first")
    }
    if wait > .zero { try await clock.sleep(for: wait) }
  }

  func prepare(_ call: ClusterCall, deadline: Timestamp) async throws {
    do { try await within(deadline - clock.now(), clock) { try await transport.prepare() } } catch is TimeIsUp {
      throw SlipwayError.clusterCredentials("can't \(call.purpose): the credentials were not there within \(call.limit)")
    }
  }

  private func attemptOnce(
    _ request: ClusterRequest, _ call: ClusterCall, _ limit: TimeSpan, _ attempt: Int, _ backOff: BackOff, _ mayBeRepeated: Bool
  ) async throws -> Outcome {
    let pause = backOff.pause(after: attempt)
    do {
      let (answer, retryAfter) = try await within(limit, clock) {
        let reply = try await transport.open(request)
        return (Answer(status: reply.status, body: try await Self.collect(reply.body)), reply.retryAfter)
      }
      guard RetryRule.repeats(status: answer.status, retryAfter: retryAfter, mayBeRepeated: mayBeRepeated) else { return .answer(answer) }
      let asked = retryAfter.map { TimeSpan.seconds(Int64(min($0, RetryRule.longestWait))) }
      return .failedAnswer(answer, pause: backOff.pause(after: attempt, asked: asked))
    } catch is TimeIsUp {
      let error = SlipwayError.clusterUnreachable("can't \(call.purpose): the API server has not answered within \(limit)")
      guard mayBeRepeated else { throw error }
      return .failed(error, pause: pause)
    } catch let failure as TransportFailure {
      try Task.checkCancellation()
      let error = SlipwayError.clusterUnreachable("can't \(call.purpose): the API server can't be reached", failure)
      guard RetryRule.repeats(failure, mayBeRepeated: mayBeRepeated) else { throw error }
      return .failed(error, pause: pause)
    } catch is NIOTooManyBytesError {
      throw SlipwayError.clusterAnswer("can't \(call.purpose): the API server answered with more than \(Self.bodyLimit >> 20) MiB")
    }
  }

  static func collect(_ body: some AsyncSequence<ByteBuffer, any Error>, limit: Int = bodyLimit) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await piece in body {
      guard bytes.count + piece.readableBytes <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
      bytes.append(contentsOf: piece.readableBytesView)
    }
    return bytes
  }
}
