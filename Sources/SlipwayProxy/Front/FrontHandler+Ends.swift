import NIOCore
import SlipwayModel

// How a request ends other than by the service's answer, and how each end is counted.
extension FrontHandler {
  /// A client that leaves before an answer is only held against the service when it has waited this long: shorter is a person
  /// who clicked on.
  static let patience = TimeAmount.seconds(1)

  /// Answers in the service's place. The connection goes on when the request is complete and nothing else speaks against it.
  func give(_ answer: OwnAnswer) {
    let now = NIODeadline.now()
    if answer.status >= 500 { record(error: true, at: now) }
    upstream?.abandon()
    detach()
    pendingBody.removeAll()
    pendingBytes = 0
    let isComplete = exchange.isRequestComplete
    let mayFollow = !exchange.facts.hasBody || isComplete
    let close = !exchange.facts.keepAlive || !mayFollow || route.isStopping
    out.clear()
    answer.write(to: &out, close: close, headOnly: exchange.facts.isHead)
    guard let context else { return }
    if close {
      linger(sending: out)
    } else if isComplete {
      phase = .idle
      context.writeAndFlush(wrapOutboundOut(out), promise: nil)
      if phase == .idle { becomeIdle(at: now) }
    } else {
      // Only the end of a request without a body is missing, and the parser is about to report it.
      phase = .discarding
      deadline = now + route.settings.bodyIdleTime
      context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    }
  }

  /// The deadline has passed.
  func timedOut() {
    switch phase {
    case .idle:
      guard awaitsHead else {
        // A slow client may still be taking the last answer.
        if context?.channel.isWritable == false { deadline = .now() + route.settings.bodyIdleTime } else { closeNow() }
        return
      }
      exchange.facts.keepAlive = false
      give(.requestTimeout)
    case .held:
      route.unhold(self)
      give(.heldTooLong)
    case .connecting: give(.unreachable)
    case .forwarding:
      if exchange.response != nil {
        recordFailure()
        closeNow()
      } else if exchange.isRequestComplete || upstream?.isWritable == false {
        give(.upstreamTimeout)
      } else {
        // The client stopped sending: no fault of the service.
        exchange.slot = nil
        give(.requestTimeout)
      }
    case .discarding, .closing: closeNow()
    case .tunnelling: deadline = .distantFuture
    }
  }

  /// The client closed its connection while its request was being answered.
  func clientLeft() {
    upstream?.abandon()
    if exchange.response == nil {
      let now = NIODeadline.now()
      if exchange.isRequestComplete, now - exchange.started >= Self.patience { record(error: true, at: now) }
    } else {
      record(error: exchange.status >= 500, at: .now())
    }
    detach()
  }

  /// Ends what the connection is doing; `false` when that was nothing. What the proxy cuts itself is not counted against the service.
  func cut() -> Bool {
    switch phase {
    case .idle, .discarding, .closing:
      closeNow()
      return false
    case .held, .connecting, .forwarding:
      if phase == .held { route.unhold(self) }
      exchange.slot = nil
      exchange.facts.keepAlive = false
      if exchange.response != nil { closeNow() } else { give(.shuttingDown) }
      return true
    case .tunnelling:
      closeNow()
      return true
    }
  }

  // MARK: Counting

  /// Counts the request once.
  func record(error: Bool, at now: NIODeadline) {
    guard let slot = exchange.slot else { return }
    route[slot].record(error: error, microseconds: Int(truncatingIfNeeded: (now - exchange.started).nanoseconds / 1000), by: pool)
    exchange.slot = nil
  }

  /// Counts a request whose answer broke off.
  func recordFailure() { record(error: true, at: .now()) }

  /// The endpoint no longer has the request.
  func detach() {
    upstream = nil
    guard let pool else { return }
    self.pool = nil
    pool.requestEnded()
  }
}
