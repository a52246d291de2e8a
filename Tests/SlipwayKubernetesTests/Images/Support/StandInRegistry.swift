import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server that answers as a test says, and keeps what it was asked.
final class StandInRegistry: Sendable {
  struct Request: Equatable, Sendable {
    let method: String
    let uri: String
    let headers: [String: String]
    let body: String

    /// What a test compares: the method, the address, and who asks.
    var line: String { "\(method) \(uri)" + (headers["authorization"].map { " [\($0)]" } ?? "") }
  }

  enum Reply: Sendable {
    case answer(Int, [String: String] = [:], String = "")
    /// Nothing at all.
    case silence
    /// Ends the connection.
    case hangUp
    /// A head that promises more than comes, and the connection ends.
    case half(String)
  }

  private let channel: any Channel
  private let kept: NIOLockedValueBox<[Request]>
  var requests: [Request] { kept.withLockedValue { $0 } }
  var lines: [String] { requests.map(\.line) }
  /// `127.0.0.1:40001`.
  let name: String

  /// - Parameter reply: what to answer; the number counts the requests from 0.
  init(_ reply: @escaping @Sendable (Request, Int) -> Reply) async throws {
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
    name = "127.0.0.1:\(channel.localAddress?.port ?? 0)"
  }

  /// A server for the length of a test.
  static func with<Result>(
    _ reply: @escaping @Sendable (Request, Int) -> Reply, _ body: (StandInRegistry) async throws -> Result
  ) async throws -> Result {
    let server = try await StandInRegistry(reply)
    do {
      let result = try await body(server)
      try await server.channel.close()
      return result
    } catch {
      try await server.channel.close()
      throw error
    }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let kept: NIOLockedValueBox<[Request]>
    let reply: @Sendable (Request, Int) -> Reply
    private var head: HTTPRequestHead?
    private var body = ""

    init(kept: NIOLockedValueBox<[Request]>, reply: @escaping @Sendable (Request, Int) -> Reply) {
      (self.kept, self.reply) = (kept, reply)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (self.head, body) = (head, "")
      case .body(let bytes): body += String(buffer: bytes)
      case .end:
        guard let head else { return }
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
        let request = Request(method: head.method.rawValue, uri: head.uri, headers: headers, body: body)
        let number = kept.withLockedValue { kept in
          kept.append(request)
          return kept.count - 1
        }
        switch reply(request, number) {
        case .silence: return
        case .hangUp: context.close(promise: nil)
        case .half(let text):
          write(200, ["content-length": "\(text.utf8.count + 1)"], text, isWhole: false, context)
          context.close(promise: nil)
        case .answer(let status, let headers, let text):
          let isHead = head.method == .HEAD
          let fields = headers.merging(["content-length": "\(text.utf8.count)"]) { $1 }
          write(status, fields, isHead ? "" : text, isWhole: true, context)
        }
      }
    }

    private func write(_ status: Int, _ headers: [String: String], _ text: String, isWhole: Bool, _ context: ChannelHandlerContext) {
      let fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
      let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      if !text.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil) }
      if isWhole { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
      context.flush()
    }
  }
}
