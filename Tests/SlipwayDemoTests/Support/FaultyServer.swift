import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A real HTTP server on a free port of 127.0.0.1 that treats each request as its path says.
final class FaultyServer: Sendable {
  /// What a path gets.
  enum Behaviour: Sendable {
    case answer(status: Int, headers: [String: String], body: String)
    /// Answers, and then ends the connection without having said so.
    case answerThenClose
    case closeWithoutAnswer
    /// Promises ten bytes, sends four, ends the connection.
    case incomplete
    case garbage
    case silence
    /// Answers after this time.
    case late(TimeAmount)
  }

  /// What a websocket does with the first message it gets; later ones come back.
  enum SocketBehaviour: Sendable { case echo, swallowAndClose, sayGoodbye }

  let port: Int
  private let group: MultiThreadedEventLoopGroup
  private let counters: Counters

  /// What the server saw.
  struct Seen: Sendable {
    var connections = 0
    var requests = 0
    var messages = 0
  }

  final class Counters: Sendable {
    private let seen = NIOLockedValueBox(Seen())

    /// Changes the counters, and returns them after that.
    @discardableResult
    func count(_ change: (inout Seen) -> Void) -> Seen {
      seen.withLockedValue {
        change(&$0)
        return $0
      }
    }
  }

  var connections: Int { counters.count { _ in }.connections }
  var requests: Int { counters.count { _ in }.requests }

  private init(port: Int, group: MultiThreadedEventLoopGroup, counters: Counters) {
    self.port = port
    self.group = group
    self.counters = counters
  }

  /// Serves while `body` runs. `behaviour` is asked with the path and the number of the request, from 1.
  static func serving<Result: Sendable>(
    sockets: SocketBehaviour = .echo, _ behaviour: @escaping @Sendable (String, Int) -> Behaviour,
    body: (FaultyServer) async throws -> Result
  ) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let counters = Counters()
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          counters.count { $0.connections += 1 }
          try addHandlers(to: channel, counters, sockets, behaviour)
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let server = FaultyServer(port: channel.localAddress?.port ?? 0, group: group, counters: counters)
    do {
      let result = try await body(server)
      try await group.shutdownGracefully()
      return result
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
  }

  private static func addHandlers(
    to channel: any Channel, _ counters: Counters, _ sockets: SocketBehaviour,
    _ behaviour: @escaping @Sendable (String, Int) -> Behaviour
  ) throws {
    let upgrader = NIOWebSocketServerUpgrader(
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(SocketHandler(counters, sockets))
        }
      })
    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
      withServerUpgrade: (
        upgraders: [upgrader],
        completionHandler: { $0.pipeline.syncOperations.removeHandler(name: "faulty", promise: nil) }
      ))
    try channel.pipeline.syncOperations.addHandler(Handler(counters, behaviour), name: "faulty")
  }

  private final class Handler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let counters: Counters
    private let behaviour: @Sendable (String, Int) -> Behaviour
    private var path = ""

    init(_ counters: Counters, _ behaviour: @escaping @Sendable (String, Int) -> Behaviour) {
      self.counters = counters
      self.behaviour = behaviour
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): path = head.uri
      case .body: break
      case .end: act(behaviour(path, counters.count { $0.requests += 1 }.requests), context)
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func act(_ behaviour: Behaviour, _ context: ChannelHandlerContext) {
      switch behaviour {
      case .answer(let status, let headers, let body): answer(status, headers, body, context)
      case .answerThenClose:
        answer(200, [:], "bye", context)
        context.close(promise: nil)
      case .closeWithoutAnswer: context.close(promise: nil)
      case .incomplete: raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour", context)
      case .garbage: raw("this is not HTTP\r\n\r\n", context)
      case .silence: break
      case .late(let amount):
        context.eventLoop.assumeIsolated().scheduleTask(in: amount) { self.answer(200, [:], "late", context) }
      }
    }

    private func answer(_ status: Int, _ headers: [String: String], _ body: String, _ context: ChannelHandlerContext) {
      var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
      fields.add(name: "Content-Length", value: "\(body.utf8.count)")
      let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Past the HTTP encoder, then the end of the connection.
    private func raw(_ text: String, _ context: ChannelHandlerContext) {
      let channel = context.channel
      guard let first = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else { return }
      first.writeAndFlush(NIOAny(IOData.byteBuffer(ByteBuffer(string: text)))).whenComplete { _ in channel.close(promise: nil) }
    }
  }

  private final class SocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let counters: Counters
    private let behaviour: SocketBehaviour

    init(_ counters: Counters, _ behaviour: SocketBehaviour) {
      self.counters = counters
      self.behaviour = behaviour
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let frame = unwrapInboundIn(data)
      guard frame.opcode == .text else { return context.close(promise: nil) }
      switch counters.count({ $0.messages += 1 }).messages == 1 ? behaviour : .echo {
      case .echo:
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: frame.unmaskedData)), promise: nil)
      case .swallowAndClose:
        context.close(promise: nil)
      case .sayGoodbye:
        var status = ByteBuffer()
        status.write(webSocketErrorCode: .goingAway)
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: status)), promise: nil)
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
