import NIOCore
import NIOHTTP1
import SlipwayModel

// From an endpoint's answer to the client.
extension FrontHandler: UpstreamClient {
  func upstreamHead(_ head: HTTPResponseHead) {
    guard phase == .forwarding else { return }
    let status = Int(head.status.code)
    if status == 101 { return startTunnel(head) }
    if status < 200 { return passInterim(head) }
    exchange.status = status
    exchange.keepAlive = exchange.facts.keepAlive && !route.isStopping
    let response = ResponseTranslator(
      request: exchange.facts, keepAlive: exchange.keepAlive, newClient: exchange.newClient,
      exposedSlot: route.settings.exposeSlot ? exchange.slot : nil)
    out.clear()
    do {
      exchange.response = try response.translate(head, into: &out)
      exchange.hasAnswered = true
    } catch {
      out.clear()
      upstream?.abandon()
      give(error)
    }
  }

  func upstreamBody(_ bytes: ByteBuffer) {
    guard phase == .forwarding, let response = exchange.response else { return }
    switch response.framing {
    case .none: break
    case .length, .untilClose: append(bytes)
    case .chunks:
      out.writeChunkHead(bytes.readableBytes)
      append(bytes)
      out.writeStaticString("\r\n")
    }
  }

  func upstreamEnd() {
    guard phase == .forwarding, let response = exchange.response else { return }
    if response.framing == .chunks { out.writeLastChunk() }
    let now = NIODeadline.now()
    record(error: exchange.status >= 500, at: now)
    // After an upgrade that was declined many parsers take nothing more for HTTP.
    upstream?.release(reusable: exchange.isRequestComplete && !exchange.facts.wantsWebSocket)
    detach()
    guard let context else { return }
    if !exchange.keepAlive || response.framing == .untilClose {
      if exchange.isRequestComplete {
        phase = .closing
        deadline = now + route.settings.bodyIdleTime
        context.write(wrapOutboundOut(out), promise: nil)
        closeAfterFlush(context)
      } else {
        linger(sending: out)
      }
    } else if exchange.isRequestComplete {
      // The state comes first: writing may close the channel, and that must find it settled.
      phase = .idle
      context.writeAndFlush(wrapOutboundOut(out), promise: nil)
      if phase == .idle { becomeIdle(at: now) }
    } else {
      phase = .discarding
      deadline = now + route.settings.bodyIdleTime
      context.writeAndFlush(wrapOutboundOut(out), promise: nil)
      takePipelined()
    }
  }

  func upstreamReadComplete() {
    switch phase {
    case .forwarding:
      guard exchange.response != nil else { return }
      writeOut()
      context?.flush()
      guard phase == .forwarding else { return }
      let isEndless = exchange.response?.isEventStream == true
      deadline = isEndless ? .distantFuture : .now() + route.settings.bodyIdleTime
    case .tunnelling: context?.flush()
    case .idle, .held, .connecting, .discarding, .closing: break
    }
  }

  /// A request is sent again only when that can't do it twice: nothing of an answer has come, the method is idempotent, and
  /// its body, if any, is still at hand. A kept connection may just have been closed: then any endpoint will do, over a new one.
  func upstreamFailed(_ failure: UpstreamFailure) {
    let failed = pool?.endpoint
    let wasKept = (upstream?.requests ?? 0) > 1
    switch phase {
    case .tunnelling:
      detach()
      phase = .closing
      if let context { closeAfterFlush(context) }
    case .forwarding:
      detach()
      if exchange.response != nil {
        recordFailure()
        closeNow()
        return
      }
      switch failure {
      case .closedWithoutAnswer:
        guard exchange.facts.isIdempotent, !exchange.isBodyConsumed, !exchange.hasAnswered, exchange.attempts < 3 else {
          return give(.upstreamClosed)
        }
        if !wasKept, let failed { exchange.tried.append(failed) }
        exchange.needsNewConnection = true
        guard let slot = exchange.slot, route[slot].pick(except: exchange.tried) != nil else { return give(.upstreamClosed) }
        attempt()
      case .truncated, .malformed: give(.upstreamMalformed)
      }
    case .idle, .held, .connecting, .discarding, .closing: break
    }
  }

  func upstreamWritable() { resumeReads() }

  // MARK: Interim answers and tunnels

  private func passInterim(_ head: HTTPResponseHead) {
    guard !exchange.facts.isOldVersion, let context else { return }
    out.clear()
    ResponseTranslator.writeInterim(head, into: &out)
    exchange.hasAnswered = true
    context.writeAndFlush(wrapOutboundOut(out), promise: nil)
  }

  private func startTunnel(_ head: HTTPResponseHead) {
    guard exchange.facts.wantsWebSocket, exchange.isRequestComplete, let context, let upstream else {
      self.upstream?.abandon()
      return give(.upstreamMalformed)
    }
    out.clear()
    ResponseTranslator.writeInterim(head, into: &out)
    exchange.hasAnswered = true
    exchange.status = 101
    record(error: false, at: .now())
    phase = .tunnelling
    deadline = .distantFuture
    upstream.openTunnel()
    reader.openTunnel()
    upstream.flush()
    context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    resumeReads()
  }

  /// Bytes of the tunnel from the client.
  func tunnelBytes(_ bytes: ByteBuffer) {
    if phase == .tunnelling { upstream?.write(bytes) }
  }

  /// Bytes of the tunnel from the service.
  func upstreamTunnelBytes(_ bytes: ByteBuffer) {
    if phase == .tunnelling { context?.write(wrapOutboundOut(bytes), promise: nil) }
  }

  // MARK: Writing

  private func append(_ bytes: ByteBuffer) {
    if bytes.readableBytes <= Self.copiedBytes {
      out.writeImmutableBuffer(bytes)
    } else {
      writeOut()
      context?.write(wrapOutboundOut(bytes), promise: nil)
    }
  }

  private func writeOut() {
    guard out.readableBytes > 0, let context else { return }
    context.write(wrapOutboundOut(out), promise: nil)
    out.clear()
  }
}
