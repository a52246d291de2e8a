import NIOCore
import NIOHTTP1

/// Feeds a service's bytes to NIO's HTTP/1 parser, or past it once the connection is a tunnel; see ``RequestReader``.
final class ResponseReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = HTTPClientResponsePart

  private static let get = HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"))
  private static let head = HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: .HEAD, uri: "/"))

  private let decoder: HTTPResponseDecoder
  private var kept: ByteBuffer?
  private var isParsing = false
  private var isClosed = false
  private var isFailed = false
  private var isTunnel = false
  /// Whether a byte has come since the request was announced.
  private(set) var hasBytes = false
  /// The next handler in the pipeline; set before the first byte and cleared at the end.
  var connection: UpstreamConnection?

  init(limits: NIOHTTPDecoderLimitConfiguration) {
    decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward, limitConfiguration: limits)
  }

  func handlerAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }
  func handlerRemoved(context: ChannelHandlerContext) {
    decoder.decoderRemoved(context: context)
    connection = nil
  }

  /// Announces the request whose answer comes next: the parser has to know about HEAD.
  func expectAnswer(toHead isHead: Bool) {
    hasBytes = false
    decoder.write(data: isHead ? Self.head : Self.get)
  }

  /// Whether nothing is left over of the last answer, so that another request may follow.
  var isClean: Bool { !isFailed && !isClosed && kept == nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    hasBytes = true
    if isTunnel {
      connection?.tunnelBytes(bytes)
    } else if !isFailed {
      if var buffer = kept.take() {
        buffer.writeBuffer(&bytes)
        parse(context, &buffer)
      } else {
        parse(context, &bytes)
      }
    }
  }

  private func parse(_ context: ChannelHandlerContext, _ buffer: inout ByteBuffer) {
    isParsing = true
    do {
      _ = try decoder.decode(context: context, buffer: &buffer)
      if buffer.readableBytes > 0 { kept = buffer }
    } catch {
      isFailed = true
    }
    isParsing = false
    if isTunnel { passLeftOver() }
    connection?.parsed(malformed: isFailed)
    if isClosed { context.fireChannelInactive() }
  }

  /// From now on bytes pass by the parser, those it has left first.
  func openTunnel() {
    isTunnel = true
    if !isParsing { passLeftOver() }
  }

  private func passLeftOver() {
    if let bytes = kept.take() { connection?.tunnelBytes(bytes) }
  }

  /// The end of the connection may be the end of an answer without a length.
  func channelInactive(context: ChannelHandlerContext) {
    isClosed = true
    // A handler further on closed the channel while the parser was running: it must not be entered twice.
    guard !isParsing else { return }
    if !isFailed, !isTunnel, hasBytes {
      var buffer = kept.take() ?? ByteBuffer()
      isParsing = true
      do {
        _ = try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: true)
      } catch {
        isFailed = true
      }
      isParsing = false
    }
    context.fireChannelInactive()
  }
}
