import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import SlipwayProxy

/// A service on a real port whose answers are written byte by byte, so that it can also misbehave.
final class TestService: Sendable {
  /// A request as the service got it.
  struct Request: Sendable {
    let method: String
    let path: String
    let headers: HTTPHeaders
    var body: String
    /// Which connection it came over, counted from 1.
    let connection: Int
  }

  /// The service's side of the connection that a request came over.
  struct Reply: Sendable {
    let channel: any Channel

    func raw(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
    func ok(_ body: String, fields: String = "") { raw("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)") }
    func status(_ code: Int) { raw("HTTP/1.1 \(code) Status\r\nContent-Length: 0\r\n\r\n") }
    func close() { channel.close(promise: nil) }
  }

  let port: Int
  let isHealthy = NIOLockedValueBox(true)
  /// Bytes of request bodies received so far.
  let bodyBytes = NIOLockedValueBox(0)
  private let seen = NIOLockedValueBox<[Request]>([])
  private let connections: NIOLockedValueBox<[any Channel]>
  private let channel: any Channel

  /// Every request but the health probes, in the order of their ends.
  var requests: [Request] { seen.withLockedValue { $0 } }
  /// Connections accepted so far, without those of health probes.
  var connectionCount: Int { Set(requests.map(\.connection)).count }
  /// Connections that are open now, those of health probes included.
  var openConnections: Int { connections.withLockedValue { $0.count { $0.isActive } } }
  func endpoint(_ id: String = "1") -> Endpoint { Endpoint(id: id, port: port) }

  /// Answers each request with what the closure writes. `onHead` is called before the body has come.
  static func start(
    port: Int = 0, onHead: @escaping @Sendable (Request, Reply) -> Void = { _, _ in },
    _ answer: @escaping @Sendable (Request, Reply) -> Void
  ) async throws -> TestService {
    let connections = NIOLockedValueBox<[any Channel]>([])
    let service = NIOLockedValueBox<TestService?>(nil)
    let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { child in
        child.eventLoop.makeCompletedFuture {
          let number = connections.withLockedValue {
            $0.append(child)
            return $0.count
          }
          // Named, so that a tunnel can take it out.
          let parser = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
          try child.pipeline.syncOperations.addHandler(parser, name: "parser")
          try child.pipeline.syncOperations.addHandler(
            Handler(number, service: { service.withLockedValue { $0 } }, onHead: onHead, answer: answer))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
    let made = TestService(channel, connections)
    service.withLockedValue { $0 = made }
    return made
  }

  private init(_ channel: any Channel, _ connections: NIOLockedValueBox<[any Channel]>) {
    self.channel = channel
    self.connections = connections
    port = channel.localAddress?.port ?? 0
  }

  /// Stops listening and closes every connection, as the end of a process does.
  func stop() async {
    try? await channel.close().get()
    for connection in connections.withLockedValue({ $0 }) { connection.close(promise: nil) }
  }

  /// Closes the connections that are open now.
  func dropConnections() {
    for connection in connections.withLockedValue({ $0 }) { connection.close(promise: nil) }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    private let number: Int
    private let service: () -> TestService?
    private let onHead: @Sendable (Request, Reply) -> Void
    private let answer: @Sendable (Request, Reply) -> Void
    private var request: Request?

    init(
      _ number: Int, service: @escaping () -> TestService?, onHead: @escaping @Sendable (Request, Reply) -> Void,
      answer: @escaping @Sendable (Request, Reply) -> Void
    ) {
      self.number = number
      self.service = service
      self.onHead = onHead
      self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let reply = Reply(channel: context.channel)
      switch unwrapInboundIn(data) {
      case .head(let head):
        let request = Request(method: head.method.rawValue, path: head.uri, headers: head.headers, body: "", connection: number)
        self.request = request
        if head.uri != "/health" { onHead(request, reply) }
      case .body(let bytes):
        service()?.bodyBytes.withLockedValue { $0 += bytes.readableBytes }
        if bytes.readableBytes < 65_536, request.map({ $0.body.utf8.count < 100_000 }) == true { request?.body += String(buffer: bytes) }
      case .end:
        guard let request else { return }
        self.request = nil
        if request.path == "/health" {
          reply.status(service()?.isHealthy.withLockedValue { $0 } == true ? 200 : 503)
        } else {
          service()?.seen.withLockedValue { $0.append(request) }
          answer(request, reply)
        }
      }
    }
  }
}
