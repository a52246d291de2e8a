import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A proxy that opens tunnels (RFC 9110, section 9.3.6), all of them to one port of this machine, and keeps what it was asked.
final class ConnectProxy: Sendable {
  private let channel: any Channel
  private let kept: NIOLockedValueBox<[String]>
  /// The heads of the requests for a tunnel.
  var requests: [String] { kept.withLockedValue { $0 } }
  var port: Int { channel.localAddress?.port ?? 0 }

  init(to target: Int) async throws {
    let kept = NIOLockedValueBox<[String]>([])
    self.kept = kept
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Head(target: target, kept: kept))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  func stop() async throws { try await channel.close() }

  /// Reads the request, connects, and passes on from then on.
  private final class Head: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let target: Int
    let kept: NIOLockedValueBox<[String]>
    private var head = ""
    private var other: (any Channel)?

    init(target: Int, kept: NIOLockedValueBox<[String]>) { (self.target, self.kept) = (target, kept) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = unwrapInboundIn(data)
      if let other { return other.writeAndFlush(bytes, promise: nil) }
      head += String(buffer: bytes)
      guard head.hasSuffix("\r\n\r\n") else { return }
      kept.withLockedValue { $0.append(head) }
      let here = context.channel
      let this = NIOLoopBound(self, eventLoop: context.eventLoop)
      ClientBootstrap(group: context.eventLoop)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Back(to: here)) }
        }
        .connect(host: "127.0.0.1", port: target)
        .whenSuccess { channel in
          this.value.other = channel
          here.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n"), promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other?.close(promise: nil) }
  }

  private final class Back: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let channel: any Channel

    init(to channel: any Channel) { self.channel = channel }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { channel.writeAndFlush(unwrapInboundIn(data), promise: nil) }
    func channelInactive(context: ChannelHandlerContext) { channel.close(promise: nil) }
  }
}
