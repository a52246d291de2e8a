import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server that answers as a test says, and keeps what it was asked.
package final class ScriptedServer: Sendable {
  /// What it was asked.
  package struct Request: Equatable, Sendable {
    package let method: String
    package let uri: String
    /// By name in lower case.
    package let headers: [String: String]
    package let body: String
  }

  package enum Reply: Sendable {
    case answer(Int, String, headers: [String: String] = [:])
    /// Nothing at all.
    case silence
    /// A head and the beginning of a body.
    case half(String)
  }

  private let channel: any Channel
  private let kept: NIOLockedValueBox<[Request]>
  package var requests: [Request] { kept.withLockedValue { $0 } }
  package var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

  package init(_ reply: @escaping @Sendable (Request) -> Reply) async throws {
    let kept = NIOLockedValueBox<[Request]>([])
    self.kept = kept
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(kept: kept, reply: reply))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  package func stop() async throws { try await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let kept: NIOLockedValueBox<[Request]>
    let reply: @Sendable (Request) -> Reply
    private var head: HTTPRequestHead?
    private var body = ""

    init(kept: NIOLockedValueBox<[Request]>, reply: @escaping @Sendable (Request) -> Reply) {
      (self.kept, self.reply) = (kept, reply)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (self.head, body) = (head, "")
      case .body(let bytes): body += String(buffer: bytes)
      case .end:
        guard let head else { return }
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
        let request = Request(method: head.method.rawValue, uri: head.uri, headers: headers, body: body)
        kept.withLockedValue { $0.append(request) }
        switch reply(request) {
        case .silence: return
        case .half(let text): write(200, ["content-length": "\(text.utf8.count + 1)"], text, isWhole: false, context)
        case .answer(let status, let text, let headers):
          write(status, headers.merging(["content-length": "\(text.utf8.count)"]) { $1 }, text, isWhole: true, context)
        }
      }
    }

    private func write(_ status: Int, _ headers: [String: String], _ text: String, isWhole: Bool, _ context: ChannelHandlerContext) {
      let fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
      let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
      if isWhole { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
    }
  }
}
