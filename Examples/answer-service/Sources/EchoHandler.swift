import NIOCore
import NIOWebSocket

/// The far end of `/v1/echo` (RFC 6455): every message comes back, fragment by fragment; a ping gets its pong.
final class EchoHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private var isClosing = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    guard !isClosing else { return }
    switch frame.opcode {
    case .text, .binary, .continuation:
      send(WebSocketFrame(fin: frame.fin, opcode: frame.opcode, data: frame.unmaskedData), context)
    case .ping:
      send(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData), context)
    case .connectionClose:
      close(context, echoing: frame.unmaskedData)
    default:
      break
    }
  }

  /// The process is about to end: say so, with status 1001 (section 7.4.1, "going away").
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is ChannelShouldQuiesceEvent else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    var status = context.channel.allocator.buffer(capacity: 2)
    status.write(webSocketErrorCode: .goingAway)
    close(context, echoing: status)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func send(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }

  private func close(_ context: ChannelHandlerContext, echoing payload: ByteBuffer) {
    isClosing = true
    let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: payload)
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
  }
}
