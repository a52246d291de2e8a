import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection: reads a request to its end, then writes the reply. NIO's pipelining handler in front of it
/// holds the next request back meanwhile.
final class HTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let service: Service
  private var head: HTTPRequestHead?
  private var request: Request?
  /// When the request that is being answered began, and its status once that is decided; `nil` for what is not counted.
  private var began: NIODeadline?
  private var status: Int?
  private var isOpen = true

  init(_ service: Service) {
    self.service = service
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      let request = Request(method: head.method == .HEAD ? "GET" : head.method.rawValue, uri: head.uri)
      self.request = request
      guard RequestMetrics.isCounted(request.path) else { return }
      began = .now()
      service.metrics.began()
    case .body(let bytes):
      let view = bytes.readableBytesView
      request?.checksum.update(view)
      request?.bodyBytes += view.count
      if let kept = request?.body.count, kept < Request.keptBodyBytes {
        request?.body.append(contentsOf: view.prefix(Request.keptBodyBytes - kept))
      }
    case .end:
      guard let head, let request else { return }
      do {
        begin(try service.reply(to: request), to: head, context)
      } catch {
        log(service.settings.version, "can't answer \(head.uri): \(error)")
        context.close(promise: nil)
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    isOpen = false
    count(nil)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func begin(_ reply: Reply, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    switch reply {
    case .document(let status, let type, let body, let delay):
      after(delay, context) {
        let headers: HTTPHeaders = ["Content-Type": type, "Content-Length": "\(body.count)"]
        self.writeHead(HTTPResponseStatus(statusCode: status), headers, to: head, context)
        if head.method != .HEAD { self.write(body, context) }
        self.writeEnd(to: head, context)
      }
    case .events(let tokens, let delay):
      let headers: HTTPHeaders = ["Content-Type": "text/event-stream", "Cache-Control": "no-store"]
      writeHead(.ok, headers, to: head, context)
      context.flush()
      writeEvents(tokens[...], every: delay / max(1, tokens.count), to: head, context)
    }
  }

  private func writeEvents(_ tokens: ArraySlice<String>, every gap: Int, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard let token = tokens.first, head.method != .HEAD else {
      if head.method != .HEAD { write(Array("event: done\ndata:\n\n".utf8), context) }
      writeEnd(to: head, context)
      return
    }
    after(gap, context) {
      self.write(Array("data: \(token)\n\n".utf8), context)
      context.flush()
      self.writeEvents(tokens.dropFirst(), every: gap, to: head, context)
    }
  }

  /// Runs `body` later on this connection's loop, unless the client has gone.
  private func after(_ milliseconds: Int, _ context: ChannelHandlerContext, _ body: @escaping () -> Void) {
    guard milliseconds > 0 else { return body() }
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) {
      if self.isOpen { body() }
    }
  }

  private func writeHead(
    _ status: HTTPResponseStatus, _ headers: HTTPHeaders, to request: HTTPRequestHead, _ context: ChannelHandlerContext
  ) {
    self.status = Int(status.code)
    var headers = headers
    headers.add(name: "X-Version", value: service.settings.version)
    if closes(after: request) { headers.add(name: "Connection", value: "close") }
    let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
  }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))), promise: nil)
  }

  private func writeEnd(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    self.head = nil
    self.request = nil
    let channel = context.channel
    let isLast = closes(after: request)
    count(status)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      if isLast { channel.close(promise: nil) }
    }
  }

  /// Counts the request that is being answered, once.
  private func count(_ status: Int?) {
    guard let began else { return }
    service.metrics.ended(status, after: .now() - began)
    self.began = nil
  }

  private func closes(after request: HTTPRequestHead) -> Bool { !request.isKeepAlive || service.isStopping }
}
