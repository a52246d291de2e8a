import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SlipwayModel

/// A server that answers as a test says, and keeps what it was asked.
final class ScriptedCluster: Sendable {
  struct Request: Equatable, Sendable {
    let method: String
    let uri: String
    let headers: [String: String]
    let body: String

    var path: String { String(uri.prefix { $0 != "?" }) }
    /// Decoded.
    var query: [String: String] {
      let pairs = uri.drop { $0 != "?" }.dropFirst().split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
      return Dictionary(
        pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]).removingPercentEncoding ?? "" : "") }, uniquingKeysWith: { $1 })
    }
  }

  enum Reply: Sendable {
    case answer(Int, String, headers: [String: String] = [:])
    case stream(EventFeed)
    /// Nothing at all.
    case silence
    /// The connection ends instead.
    case hangUp

    static func json(_ value: JSONValue, status: Int = 200) -> Reply { .answer(status, text(value)) }

    /// An answer of the kind `Status`.
    static func status(
      _ code: Int, _ reason: String, _ message: String = "", details: JSONValue? = nil, headers: [String: String] = [:]
    ) -> Reply {
      var status: JSONValue = [
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": .text(reason), "message": .text(message),
        "code": .integer(code),
      ]
      status["details"] = details
      return .answer(code, text(status), headers: headers)
    }
  }

  /// What a stream of events brings, while it is open.
  final class EventFeed: Sendable {
    private let state = NIOLockedValueBox<(channel: (any Channel)?, pieces: [String], isEnded: Bool)>((nil, [], false))

    init(_ events: [JSONValue] = []) { for event in events { send(event) } }

    func send(_ event: JSONValue) { send(text: text(event) + "\n") }

    func send(text: String) {
      state.withLockedValue { state in
        if let channel = state.channel { Self.write(text, channel) } else { state.pieces.append(text) }
      }
    }

    /// The stream ends as it should.
    func end() {
      state.withLockedValue { state in
        state.isEnded = true
        state.channel?.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
      }
    }

    /// The connection breaks.
    func cut() { state.withLockedValue { $0.channel }?.close(promise: nil) }

    fileprivate func begin(on channel: any Channel) {
      let isEnded = state.withLockedValue { state in
        state.channel = channel
        for piece in state.pieces { Self.write(piece, channel) }
        return state.isEnded
      }
      if isEnded { channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil) }
    }

    private static func write(_ text: String, _ channel: any Channel) {
      channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))), promise: nil)
    }
  }

  private let channel: any Channel
  private let kept: NIOLockedValueBox<[Request]>
  private let isSecure: Bool
  var requests: [Request] { kept.withLockedValue { $0 } }
  var port: Int { channel.localAddress?.port ?? 0 }
  var url: String { "\(isSecure ? "https" : "http")://127.0.0.1:\(port)" }

  init(tls: TLSConfiguration? = nil, _ reply: @escaping @Sendable (Request) -> Reply) async throws {
    let kept = NIOLockedValueBox<[Request]>([])
    self.kept = kept
    isSecure = tls != nil
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(kept: kept, reply: reply))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  func stop() async throws { try await channel.close() }

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
        case .hangUp: context.close(promise: nil)
        case .stream(let feed):
          write(200, ["content-type": "application/json"], context)
          feed.begin(on: context.channel)
        case .answer(let status, let text, let headers):
          write(status, headers.merging(["content-length": "\(text.utf8.count)"]) { $1 }, context)
          context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
          context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
      }
    }

    /// A client that does not like a certificate says so by closing.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func write(_ status: Int, _ headers: [String: String], _ context: ChannelHandlerContext) {
      let fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
      let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
      context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }
  }
}
