import NIOCore
import NIOWebSocket

/// The frames of one websocket (RFC 6455), on the side of the client. Belongs to its event loop.
final class WebSocketHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let worker: WebSocketWorker
  private let channel: any Channel
  private var text = ""
  private var saidGoodbye = false

  init(_ worker: WebSocketWorker, _ channel: any Channel) {
    self.worker = worker
    self.channel = channel
  }

  func handlerAdded(context: ChannelHandlerContext) {
    // The handlers of the handshake are still in place: the first frame waits until they are gone.
    context.eventLoop.assumeIsolated().execute { self.worker.opened(self) }
  }

  func send(_ text: String) { write(.text, ByteBuffer(string: text)) }

  /// Begins the closing handshake with status 1000.
  func sayGoodbye() {
    var status = ByteBuffer()
    status.write(webSocketErrorCode: .normalClosure)
    write(.connectionClose, status)
  }

  func abort() { channel.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    switch frame.opcode {
    case .text, .binary, .continuation:
      text += String(buffer: frame.unmaskedData)
      guard frame.fin else { return }
      let message = text
      text = ""
      worker.received(message)
    case .ping:
      write(.pong, frame.unmaskedData)
    case .connectionClose:
      saidGoodbye = true
      write(.connectionClose, frame.unmaskedData)
      worker.closed(self, withGoodbye: true)
      context.close(promise: nil)
    default:
      break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !saidGoodbye { worker.closed(self, withGoodbye: false) }
    context.fireChannelInactive()
  }

  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
    let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    channel.writeAndFlush(frame, promise: nil)
  }
}
