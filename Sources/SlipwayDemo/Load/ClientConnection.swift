import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection to the target, carrying one request at a time. It never sends anything twice. Belongs to its
/// event loop.
final class ClientConnection: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  /// Answers longer than this keep only their beginning.
  private static let keptBodyBytes = 4096

  private let channel: any Channel
  private var completion: ((Outcome) -> Void)?
  private var head: HTTPResponseHead?
  private var body = ByteBuffer()
  private var lastError: (any Error)?

  init(_ channel: any Channel) {
    self.channel = channel
  }

  /// Whether a request may be written: open, and the one before is answered.
  var isUsable: Bool { channel.isActive && completion == nil }

  func close() { channel.close(promise: nil) }

  /// Writes a request. `completion` is called once, on the event loop, whatever happens.
  /// - Parameter body: all of it; `nil` when there is none or when ``sendBody(_:isLast:)`` follows.
  func send(_ request: HTTPRequestHead, body: ByteBuffer?, isWhole: Bool = true, completion: @escaping (Outcome) -> Void) {
    self.completion = completion
    head = nil
    self.body.clear()
    channel.write(HTTPClientRequestPart.head(request), promise: nil)
    if let body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
    if isWhole { channel.write(HTTPClientRequestPart.end(nil), promise: nil) }
    channel.flush()
  }

  /// Writes the next part of a body that was begun with `isWhole: false`.
  func sendBody(_ bytes: ByteBuffer, isLast: Bool) {
    channel.write(HTTPClientRequestPart.body(.byteBuffer(bytes)), promise: nil)
    if isLast { channel.write(HTTPClientRequestPart.end(nil), promise: nil) }
    channel.flush()
  }

  /// Ends the request in progress, if there is one, and the connection.
  func fail(_ failure: LoadReport.TransportFailure, _ detail: String) {
    finish(.failed(failure, detail))
    close()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
    case .body(let bytes):
      let room = Self.keptBodyBytes - body.readableBytes
      if room > 0 { body.writeBytes(bytes.readableBytesView.prefix(room)) }
    case .end:
      if let head { finish(.answered(Answer(head, body: body))) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    lastError = error
    if let parserError = error as? HTTPParserError, parserError != .invalidEOFState {
      finish(.failed(.malformedAnswer, "\(parserError)"))
    }
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let why = lastError.map { "\($0)" } ?? "closed by the other side"
    finish(.failed(head == nil ? .noAnswer : .incompleteAnswer, why))
    context.fireChannelInactive()
  }

  private func finish(_ outcome: Outcome) {
    guard let completion else { return }
    self.completion = nil
    completion(outcome)
  }
}
