import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

/// A client that sends and receives raw bytes.
final class TestConnection: Sendable {
  private let channel: any Channel
  private let received: NIOLockedValueBox<[UInt8]>
  private let closed: NIOLockedValueBox<Bool>

  static func open(_ port: Int, autoRead: Bool = true) async throws -> TestConnection {
    let received = NIOLockedValueBox<[UInt8]>([])
    let closed = NIOLockedValueBox(false)
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .channelOption(.autoRead, value: autoRead)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(received, closed)) }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return TestConnection(channel, received, closed)
  }

  private init(_ channel: any Channel, _ received: NIOLockedValueBox<[UInt8]>, _ closed: NIOLockedValueBox<Bool>) {
    self.channel = channel
    self.received = received
    self.closed = closed
  }

  func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)).get() }
  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }
  /// Sends without waiting until the bytes are written.
  func post(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
  func close() { channel.close(promise: nil) }
  func setAutoRead(_ on: Bool) async throws { try await channel.setOption(.autoRead, value: on).get() }

  var isClosed: Bool { closed.withLockedValue { $0 } }
  var receivedCount: Int { received.withLockedValue { $0.count } }
  var text: String { received.withLockedValue { String(decoding: $0, as: UTF8.self) } }

  /// Waits until what was received fulfils a condition, and returns it.
  @discardableResult
  func receive(_ what: Comment, until condition: @Sendable (String) -> Bool) async throws -> String {
    try await eventually(what) { condition(self.text) }
    return text
  }

  /// Takes the next complete answer out of what was received.
  func answer(toHead: Bool = false) async throws -> TestAnswer {
    try await eventually("an answer") { self.isClosed || TestAnswer.parse(self.text, toHead: toHead, isClosed: false) != nil }
    let parsed = TestAnswer.parse(text, toHead: toHead, isClosed: isClosed)
    let (answer, length) = try #require(parsed, "no answer in \(text.debugDescription)")
    received.withLockedValue { $0.removeFirst(length) }
    return answer
  }

  /// Sends a request and returns its answer.
  func get(_ path: String, fields: String = "", method: String = "GET") async throws -> TestAnswer {
    try await send("\(method) \(path) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n")
    return try await answer(toHead: method == "HEAD")
  }

  func waitForClose() async throws { try await eventually("the end of the connection") { self.isClosed } }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let received: NIOLockedValueBox<[UInt8]>
    private let closed: NIOLockedValueBox<Bool>

    init(_ received: NIOLockedValueBox<[UInt8]>, _ closed: NIOLockedValueBox<Bool>) {
      self.received = received
      self.closed = closed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = unwrapInboundIn(data)
      received.withLockedValue { $0.append(contentsOf: bytes.readableBytesView) }
    }
    func channelInactive(context: ChannelHandlerContext) { closed.withLockedValue { $0 = true } }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}

/// An answer as a client sees it.
struct TestAnswer: Equatable {
  let status: Int
  /// Lines of the head after the first.
  let fields: [String]
  let body: String

  func field(_ name: String) -> String? {
    fields.first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map { String($0.dropFirst(name.count + 2)) }
  }
  var code: String? { field("X-Slipway-Error") }
  /// The identifier in the cookie that the proxy has set.
  var cookie: String? { field("Set-Cookie").map { String($0.prefix { $0 != ";" }) } }

  /// The first answer in a text, and how many bytes it takes; `nil` when it is not complete.
  static func parse(_ text: String, toHead: Bool, isClosed: Bool) -> (TestAnswer, Int)? {
    let bytes = Array(text.utf8)
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n").map(String.init)
    guard let status = lines.first.flatMap({ Int($0.split(separator: " ").dropFirst().first ?? "") }) else { return nil }
    let head = TestAnswer(status: status, fields: Array(lines.dropFirst()), body: "")
    let start = end.upperBound
    if toHead || status == 204 || status == 304 || status < 200 { return (head, start) }
    if let length = head.field("Content-Length").flatMap({ Int($0) }) {
      guard bytes.count >= start + length else { return nil }
      return (head.with(Array(bytes[start..<start + length])), start + length)
    }
    if head.field("Transfer-Encoding") == "chunked" {
      guard let (body, next) = unchunked(bytes, from: start) else { return nil }
      return (head.with(body), next)
    }
    return isClosed ? (head.with(Array(bytes[start...])), bytes.count) : nil
  }

  private func with(_ body: [UInt8]) -> TestAnswer {
    TestAnswer(status: status, fields: fields, body: String(decoding: body, as: UTF8.self))
  }

  private static func unchunked(_ bytes: [UInt8], from start: Int) -> ([UInt8], Int)? {
    var body: [UInt8] = []
    var place = start
    while let line = bytes[place...].firstRange(of: [13, 10]) {
      guard let size = Int(String(decoding: bytes[place..<line.lowerBound], as: UTF8.self), radix: 16) else { return nil }
      let next = line.upperBound + size
      guard bytes.count >= next + 2 else { return nil }
      if size == 0 { return (body, next + 2) }
      body += bytes[line.upperBound..<next]
      place = next + 2
    }
    return nil
  }
}

/// Waits until a condition holds, at most ten seconds.
func eventually(_ what: Comment, _ condition: @Sendable () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now.advanced(by: .seconds(10))
  while try await !condition() {
    try #require(ContinuousClock.now < deadline, what)
    try await Task.sleep(for: .milliseconds(3))
  }
}
