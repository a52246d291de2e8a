import NIOCore
import NIOHTTP1

/// Feeds a client's bytes to NIO's HTTP/1 parser, or past it once the connection is a tunnel.
///
/// It does for one connection what NIO's `ByteToMessageHandler` does for any decoder, and no more: the parser's messages go on
/// to the next handler, bytes of an unfinished head are kept, and a message that is not HTTP ends the parsing for good.
final class RequestReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = HTTPServerRequestPart

  private let decoder: HTTPRequestDecoder
  private var kept: ByteBuffer?
  private var state = State.parsing
  /// Told about raw bytes and failures; the next handler in the pipeline. Set before the first byte and cleared at the end, since
  /// a weak reference would make every use of the handler slower.
  var front: FrontHandler?

  private enum State {
    case parsing
    /// The parser refused the bytes; whatever follows is dropped.
    case failed
    /// Bytes pass by the parser.
    case tunnel
  }

  init(limits: NIOHTTPDecoderLimitConfiguration) {
    decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: limits)
  }

  func handlerAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }
  func handlerRemoved(context: ChannelHandlerContext) {
    decoder.decoderRemoved(context: context)
    front = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    switch state {
    case .parsing:
      front?.bytesArrived()
      if var buffer = kept.take() {
        buffer.writeBuffer(&bytes)
        parse(context, &buffer)
      } else {
        parse(context, &bytes)
      }
    case .failed: break
    case .tunnel: front?.tunnelBytes(bytes)
    }
  }

  private func parse(_ context: ChannelHandlerContext, _ buffer: inout ByteBuffer) {
    do {
      _ = try decoder.decode(context: context, buffer: &buffer)
      if buffer.readableBytes > 0 { kept = buffer }
    } catch {
      state = .failed
      front?.requestMalformed(error)
    }
    // The tunnel may have been opened by an answer that came while these bytes were parsed.
    if state == .tunnel { openTunnel() }
  }

  /// From now on bytes pass by the parser, those it has left first.
  func openTunnel() {
    state = .tunnel
    if let bytes = kept.take() { front?.tunnelBytes(bytes) }
  }
}
