import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A webhook's receiver on this machine: it keeps what it is sent, and answers as it is told to.
package final class Receiver: Sendable {
  /// One request.
  package struct Request: Equatable, Sendable {
    /// Path and query.
    package let uri: String
    /// Of `content-type`.
    package let type: String?
    package let body: String
  }

  private let kept: Kept
  private let channel: any Channel

  /// In the order in which they came.
  package var requests: [Request] { kept.requests.withLock { $0 } }
  /// Where it listens, without a path.
  package let url: String

  /// - Parameter status: the answer to the n-th request, from 0; `nil`: none at all.
  package init(_ status: @escaping @Sendable (Int) -> Int? = { _ in 200 }) async throws {
    let kept = Kept()
    self.kept = kept
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(kept, status))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
  }

  /// Takes no more connections.
  package func stop() async throws { try await channel.close() }

  private final class Kept: Sendable {
    let requests = Mutex<[Request]>([])

    /// - Returns: its number.
    func add(_ request: Request) -> Int {
      requests.withLock { requests in
        requests.append(request)
        return requests.count - 1
      }
    }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let kept: Kept
    private let status: @Sendable (Int) -> Int?
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ kept: Kept, _ status: @escaping @Sendable (Int) -> Int?) {
      (self.kept, self.status) = (kept, status)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (self.head, body) = (head, "")
      case .body(let bytes): body += String(buffer: bytes)
      case .end:
        guard let head else { return }
        let number = kept.add(Request(uri: head.uri, type: head.headers.first(name: "content-type"), body: body))
        guard let status = status(number) else { return }
        let fields: HTTPHeaders = ["content-length": "0", "location": "/elsewhere"]
        let answer = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }
  }
}
