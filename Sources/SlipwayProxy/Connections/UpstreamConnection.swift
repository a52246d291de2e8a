import NIOCore
import NIOHTTP1
import NIOPosix

/// Who uses a connection to a service: a client's request, its copy for a mirror, or a health probe. All calls come on the
/// event loop of the connection.
protocol UpstreamClient: AnyObject {
  /// The head of an answer, or of an interim one (1xx).
  func upstreamHead(_ head: HTTPResponseHead)
  func upstreamBody(_ bytes: ByteBuffer)
  /// The answer is complete. The client has given the connection back when this returns.
  func upstreamEnd()
  /// No more of the answer is at hand for now.
  func upstreamReadComplete()
  /// Bytes of a tunnel.
  func upstreamTunnelBytes(_ bytes: ByteBuffer)
  /// The connection is gone, or no longer usable, before the answer was complete.
  func upstreamFailed(_ failure: UpstreamFailure)
  /// The connection takes bytes again after it did not.
  func upstreamWritable()
}

enum UpstreamFailure {
  /// Closed before any byte of an answer.
  case closedWithoutAnswer
  /// Closed in the middle of an answer, or a tunnel's end.
  case truncated
  /// What came is not HTTP/1.
  case malformed
}

/// One connection to a service, on one event loop, used by one client at a time.
final class UpstreamConnection: ChannelDuplexHandler, @unchecked Sendable {  // confined to its event loop
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let reader: ResponseReader
  /// Told when the connection can be used again, or is gone while nobody uses it. Cleared at the end.
  var pool: UpstreamPool?
  /// The connection when it stands in the pool's idle list.
  var isIdle = false
  /// When it was last put into the pool.
  var idleSince = NIODeadline.uptimeNanoseconds(0)
  /// Requests sent so far.
  private(set) var requests = 0

  private var client: (any UpstreamClient)?
  private var context: ChannelHandlerContext?
  private var keepAlive = true
  private var isReleased = false
  private var readWaits = false
  private var readsPaused = false

  init(reader: ResponseReader) {
    self.reader = reader
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    pool = nil
  }

  // MARK: For the client

  /// Gives the connection to a client for one request.
  func begin(_ client: any UpstreamClient, isHead: Bool) {
    self.client = client
    isReleased = false
    requests += 1
    reader.expectAnswer(toHead: isHead)
  }

  func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }
  func flush() { context?.flush() }
  var isWritable: Bool { context?.channel.isWritable ?? true }

  /// Stops and restarts reading, for a client that can't take more.
  func pauseReads(_ paused: Bool) {
    readsPaused = paused
    if !paused, readWaits {
      readWaits = false
      context?.read()
    }
  }

  /// Gives the connection back after a complete answer. `reusable` is false when the request was not sent to its end.
  func release(reusable: Bool) {
    client = nil
    isReleased = true
    if !reusable { keepAlive = false }
  }

  /// Ends the connection; the client hears nothing more.
  func abandon() {
    client = nil
    keepAlive = false
    context?.close(promise: nil)
  }

  /// Ends the connection once what was written is sent; the client hears nothing more.
  func abandonAfterFlush() {
    client = nil
    keepAlive = false
    guard let context else { return }
    closeAfterFlush(context)
  }

  func openTunnel() {
    keepAlive = false
    reader.openTunnel()
  }

  // MARK: From the reader

  func tunnelBytes(_ bytes: ByteBuffer) { client?.upstreamTunnelBytes(bytes) }

  /// A read has been parsed to its end. Only now the connection can go back to the pool: bytes that came after an answer must
  /// never be taken for the next one.
  func parsed(malformed: Bool) {
    if isReleased {
      isReleased = false
      if keepAlive, !malformed, reader.isClean, let pool {
        pauseReads(false)
        pool.park(self)
      } else {
        context?.close(promise: nil)
      }
    } else if malformed {
      let client = self.client
      abandon()
      client?.upstreamFailed(.malformed)
    } else if isIdle {
      // Bytes that nobody asked for.
      context?.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      if head.status.code >= 200, !head.isKeepAlive { keepAlive = false }
      client?.upstreamHead(head)
    case .body(let bytes): client?.upstreamBody(bytes)
    case .end: client?.upstreamEnd()
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) { client?.upstreamReadComplete() }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { client?.upstreamWritable() }
  }

  func read(context: ChannelHandlerContext) {
    if readsPaused { readWaits = true } else { context.read() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if isIdle { pool?.remove(self) }
    guard let client else { return }
    self.client = nil
    client.upstreamFailed(reader.hasBytes ? .truncated : .closedWithoutAnswer)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What the parser finds comes through the reader too, and is told to the client there.
    if !(error is HTTPParserError) { context.close(promise: nil) }
  }
}

/// Closes a channel when everything written to it has been sent, or could not be.
func closeAfterFlush(_ context: ChannelHandlerContext) {
  let written = context.eventLoop.makePromise(of: Void.self)
  let channel = context.channel
  written.futureResult.whenComplete { _ in channel.close(promise: nil) }
  context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
}
