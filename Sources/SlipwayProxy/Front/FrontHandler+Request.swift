import NIOCore
import NIOHTTP1
import SlipwayModel

// From a request head to an endpoint.
extension FrontHandler {
  /// Starts with a request.
  func begin(_ head: HTTPRequestHead) {
    headArrived()
    requestHead.clear()
    do {
      exchange.facts = try translator.translate(head, into: &requestHead)
    } catch {
      exchange.facts.keepAlive = false
      exchange.facts.isHead = head.method == .HEAD
      return give(error)
    }
    guard route.isPaused else { return choose(head) }
    guard route.hold(self) else { return give(.heldTooMany) }
    phase = .held
    exchange.heldHead = head
    deadline = .now() + route.settings.heldTime
  }

  /// The pause is over.
  func resumeHeld() {
    guard phase == .held, let head = exchange.heldHead else { return }
    exchange.heldHead = nil
    choose(head)
  }

  /// Chooses the slot. One without a ready endpoint gets nothing: its requests go to the other slot when that has a share and
  /// an endpoint, and are refused otherwise.
  private func choose(_ head: HTTPRequestHead) {
    guard let wanted = wantedSlot(head) else { return give(.noTraffic) }
    var slot = wanted
    if !route[wanted].hasAvailable {
      let other = wanted.other
      if route.splitter.split.weight(of: other) > .zero, route[other].hasAvailable {
        slot = other
        route.failovers += 1
      }
    }
    exchange.slot = slot
    prepareMirror(primary: slot)
    attempt()
  }

  private func wantedSlot(_ head: HTTPRequestHead) -> Slot? {
    let splitter = route.splitter
    if splitter.hasRules, let slot = splitter.ruled(head.headers) { return slot }
    guard splitter.isDivided else { return splitter.slot(ofBucket: 0) }
    guard splitter.sticky else { return splitter.slot(ofBucket: route.identifiers.draw(below: 10_000)) }
    if let cookies = exchange.facts.cookies, let known = Cookies.value(of: Splitter.cookieName, in: cookies),
      (1...64).contains(known.count)
    {
      return splitter.slot(ofClient: known)
    }
    let identifier = route.identifiers.next()
    exchange.newClient = identifier
    return splitter.slot(ofClient: identifier)
  }

  /// Gives the request to an endpoint of its slot that was not tried yet.
  func attempt() {
    guard let slot = exchange.slot, let pool = route[slot].pick(except: exchange.tried) else { return giveUp() }
    exchange.attempts += 1
    self.pool = pool
    pool.requestStarted()
    // Many servers only look for an upgrade in a connection's first request.
    if !exchange.needsNewConnection, !exchange.facts.wantsWebSocket,
      let kept = pool.takeIdle(freshAt: exchange.facts.isIdempotent ? nil : .now())
    {
      forward(over: kept)
      return
    }
    phase = .connecting
    // The connection's own time-out ends the attempt; this is for the case that it does not.
    deadline = .now() + route.settings.connectTime + route.settings.sweepTime * 4
    ticket += 1
    let ticket = self.ticket
    pool.connect { self.connected($0, ticket, pool) }
  }

  /// A connection was opened, or could not be.
  private func connected(_ connection: UpstreamConnection?, _ ticket: Int, _ pool: UpstreamPool) {
    guard phase == .connecting, ticket == self.ticket else {
      if let connection { pool.park(connection) }
      return
    }
    if let connection { return forward(over: connection) }
    // Nothing was written: whatever the method, another endpoint may be tried.
    detach()
    exchange.tried.append(pool.endpoint)
    attempt()
  }

  /// No endpoint is left to try.
  private func giveUp() {
    give(exchange.attempts == 0 ? .noReadyEndpoint : .unreachable)
  }

  /// Writes the request to a connection, as far as it has come.
  private func forward(over connection: UpstreamConnection) {
    phase = .forwarding
    upstream = connection
    connection.begin(self, isHead: exchange.facts.isHead)
    if let context, !context.channel.isWritable { connection.pauseReads(true) }
    connection.write(requestHead)
    let body = pendingBody
    if !body.isEmpty {
      pendingBody.removeAll()
      pendingBytes = 0
      for bytes in body { writeBody(bytes, to: connection) }
    }
    if exchange.isRequestComplete { finishBody(connection) } else { deadline = .now() + route.settings.bodyIdleTime }
    connection.flush()
    resumeReads()
  }

  /// A part of the request body.
  func takeBody(_ bytes: ByteBuffer) {
    collectForMirror(bytes)
    if let upstream, phase == .forwarding {
      writeBody(bytes, to: upstream)
      deadline = .now() + route.settings.bodyIdleTime
    } else {
      pendingBody.append(bytes)
      pendingBytes += bytes.readableBytes
    }
  }

  /// The end of the request.
  func takeEnd() {
    exchange.isRequestComplete = true
    sendMirror()
    if let upstream, phase == .forwarding {
      finishBody(upstream)
      upstream.flush()
    }
  }

  private func writeBody(_ bytes: ByteBuffer, to connection: UpstreamConnection) {
    guard bytes.readableBytes > 0 else { return }
    exchange.isBodyConsumed = true
    guard exchange.facts.chunked else { return connection.write(bytes) }
    var frame = ByteBuffer()
    frame.writeChunkHead(bytes.readableBytes)
    connection.write(frame)
    connection.write(bytes)
    connection.write(Self.lineEnd)
  }

  private func finishBody(_ connection: UpstreamConnection) {
    if exchange.facts.chunked {
      connection.write(Self.lastChunk)
      exchange.isBodyConsumed = true
    }
    if exchange.response == nil {
      let now = exchange.facts.hasBody || exchange.attempts > 1 ? NIODeadline.now() : exchange.started
      deadline = now + route.settings.responseTime
    }
  }

  private static let lineEnd = ByteBuffer(string: "\r\n")
  private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")
}
