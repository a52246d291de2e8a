import NIOCore
import NIOHTTP1
import SlipwayModel

/// One client connection: takes its requests one after the other, gives each to an endpoint and passes the answer back.
///
/// It and the connections to the service live on the same event loop and call each other directly. What comes in faster than it
/// goes out is not read: `read` is passed on only while there is room.
final class FrontHandler: ChannelDuplexHandler, @unchecked Sendable {  // confined to its event loop
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What the connection is doing. Requests that come early wait in `pipelined`.
  enum Phase {
    /// Waiting for a request. Next: `held`, `connecting`, `forwarding`, `closing`.
    case idle
    /// The request waits for the end of a pause. Next: `connecting`, `forwarding`, `idle`, `closing`.
    case held
    /// A connection to the endpoint is being opened. Next: `forwarding`, `idle`, `closing`.
    case connecting
    /// The request is with an endpoint. Next: `connecting` (another attempt), `tunnelling`, `discarding`, `idle`, `closing`.
    case forwarding
    /// The answer is given and the rest of the request is read and dropped. Next: `idle`, `closing`.
    case discarding
    /// Bytes go both ways unread. Next: `closing`.
    case tunnelling
    /// The last answer is given; whatever comes is dropped.
    case closing
  }

  /// Bytes of an answer's body that are copied behind what waits to be written, to save a write of their own.
  static let copiedBytes = 8192
  /// Parts of further requests that may wait before reading stops.
  static let pipelinedParts = 32
  /// Bytes of a request that are dropped after its answer, to keep the connection; more end it.
  static let discardedBytes = 1 << 20
  /// How long a refused client may go on sending before the connection is closed under it; an early close could destroy the
  /// answer on its way (RFC 9112, section 9.6).
  static let lingerTime = TimeAmount.seconds(2)

  let route: LoopRoute
  let reader: RequestReader
  /// Place in the route's list of connections.
  var place: Int?
  var phase = Phase.idle
  /// When ``timedOut()`` is called; looked at in intervals.
  var deadline: NIODeadline
  var exchange = Exchange()
  var context: ChannelHandlerContext?
  var translator: RequestTranslator
  /// The request head as the service gets it; kept for another attempt.
  var requestHead = ByteBuffer()
  /// What goes to the client next. The storage is used again for every answer.
  var out = ByteBuffer()
  /// Request body that came before there was a connection.
  var pendingBody: [ByteBuffer] = []
  var pendingBytes = 0
  /// Parts of requests after the present one.
  var pipelined = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 0)
  /// What the parser refused, to be told when the requests before it are answered.
  var malformed: OwnAnswer?
  /// The endpoint that has the request, and the connection to it.
  var pool: UpstreamPool?
  var upstream: UpstreamConnection?
  /// Tells the answer to an outdated connection attempt from the present one.
  var ticket = 0

  private var isHeadPending = false
  private var readWaits = false
  private var isTakingParts = false

  init(route: LoopRoute, reader: RequestReader, peer: String) {
    self.route = route
    self.reader = reader
    translator = RequestTranslator(
      targetBytes: route.settings.limits.targetBytes, trustForwarded: route.settings.trustForwarded, peer: peer)
    deadline = .now() + route.settings.headerTime
    reader.front = self
  }

  // MARK: Channel events

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    guard !route.add(self) else { return }
    phase = .closing
    out.clear()
    OwnAnswer.tooManyConnections.write(to: &out, close: true, headOnly: false)
    linger(sending: out)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if pipelined.isEmpty, takesParts { take(part) } else if phase != .closing { pipelined.append(part) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    switch phase {
    case .forwarding, .tunnelling: upstream?.flush()
    case .idle, .held, .connecting, .discarding, .closing: break
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) { upstream?.pauseReads(!context.channel.isWritable) }

  func read(context: ChannelHandlerContext) {
    if mayRead { context.read() } else { readWaits = true }
  }

  func channelInactive(context: ChannelHandlerContext) {
    route.remove(self)
    let phase = self.phase
    self.phase = .closing
    switch phase {
    case .held: route.unhold(self)
    case .connecting, .forwarding: clientLeft()
    case .tunnelling:
      upstream?.abandonAfterFlush()
      detach()
    case .idle, .discarding, .closing: break
    }
    pipelined.removeAll()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What the parser finds comes through the reader too, and is answered there.
    if !(error is HTTPParserError) { context.close(promise: nil) }
  }

  // MARK: Parts of requests

  private var takesParts: Bool {
    switch phase {
    case .idle, .discarding, .closing: true
    case .held, .connecting, .forwarding: !exchange.isRequestComplete
    case .tunnelling: false
    }
  }

  private func take(_ part: HTTPServerRequestPart) {
    switch (phase, part) {
    case (.idle, .head(let head)): begin(head)
    case (.held, .body(let bytes)), (.connecting, .body(let bytes)), (.forwarding, .body(let bytes)): takeBody(bytes)
    case (.held, .end), (.connecting, .end), (.forwarding, .end): takeEnd()
    case (.discarding, .body(let bytes)): discard(bytes)
    case (.discarding, .end): becomeIdle(at: .now())
    case (.idle, _), (.held, .head), (.connecting, .head), (.forwarding, .head), (.discarding, .head), (.tunnelling, _), (.closing, _):
      break
    }
  }

  /// The rest of a request that is answered already.
  private func discard(_ bytes: ByteBuffer) {
    exchange.discardedBytes += bytes.readableBytes
    deadline = .now() + route.settings.bodyIdleTime
    if exchange.discardedBytes > Self.discardedBytes { linger(sending: ByteBuffer()) }
  }

  /// Goes on with the requests that came early, as far as possible.
  func takePipelined() {
    guard !isTakingParts else { return }
    isTakingParts = true
    while takesParts, let part = pipelined.popFirst() { take(part) }
    isTakingParts = false
    if let malformed, pipelined.isEmpty, takesParts { refuseMalformed(malformed) }
    resumeReads()
  }

  /// Called by the reader before it parses bytes.
  func bytesArrived() {
    guard phase == .idle, !isHeadPending else { return }
    isHeadPending = true
    exchange.started = .now()
    deadline = exchange.started + route.settings.headerTime
  }

  /// The start of the request whose head is complete now.
  func headArrived() {
    if !isHeadPending { exchange.started = .now() }
    isHeadPending = false
  }

  /// Called by the reader when the bytes are not HTTP/1; it reads nothing more.
  func requestMalformed(_ error: any Error) {
    let answer: OwnAnswer = (error as? HTTPParserError) == .headerOverflow ? .headerTooLarge : .badRequest("The request is malformed.")
    if pipelined.isEmpty, takesParts { refuseMalformed(answer) } else { malformed = answer }
  }

  private func refuseMalformed(_ answer: OwnAnswer) {
    malformed = nil
    guard phase != .closing else { return }
    exchange.facts.keepAlive = false
    exchange.isRequestComplete = false
    // A request whose body turns out to be malformed says nothing about the service.
    exchange.slot = nil
    if exchange.response != nil { closeNow() } else { give(answer) }
  }

  // MARK: Reading

  private var mayRead: Bool {
    switch phase {
    case .idle, .discarding, .closing: true
    case .held, .connecting: pendingBytes < route.settings.limits.bufferedBytes && pipelined.count < Self.pipelinedParts
    case .forwarding:
      exchange.isRequestComplete ? pipelined.count < Self.pipelinedParts : upstream?.isWritable ?? true
    case .tunnelling: upstream?.isWritable ?? true
    }
  }

  func resumeReads() {
    guard readWaits, mayRead else { return }
    readWaits = false
    context?.read()
  }

  // MARK: The end of a request

  /// The connection waits for its next request.
  func becomeIdle(at now: NIODeadline) {
    phase = .idle
    exchange = Exchange()
    isHeadPending = false
    deadline = now + route.settings.idleTime
    if route.isStopping { return closeNow() }
    takePipelined()
  }

  /// The route takes no more requests.
  func routeStops() {
    switch phase {
    case .idle: if !isHeadPending { closeNow() }
    case .held, .connecting, .forwarding: exchange.facts.keepAlive = false
    case .discarding: closeNow()
    case .tunnelling, .closing: break
    }
  }

  /// Ends the connection now, and with it what it was doing.
  func closeNow() {
    upstream?.abandon()
    detach()
    phase = .closing
    context?.close(promise: nil)
  }

  /// Lets what was written go out, says that nothing follows, and drops what still comes in for a while.
  func linger(sending bytes: ByteBuffer) {
    phase = .closing
    deadline = .now() + route.settings.bodyIdleTime
    pipelined.removeAll()
    guard let context else { return }
    let written = context.eventLoop.makePromise(of: Void.self)
    let channel = context.channel
    written.futureResult.whenComplete { _ in
      self.deadline = .now() + Self.lingerTime
      channel.close(mode: .output, promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
    resumeReads()
  }

  /// Whether the head of a request has begun to arrive.
  var awaitsHead: Bool { isHeadPending }
}
