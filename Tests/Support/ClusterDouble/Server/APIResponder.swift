import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SlipwayModel

/// Turns HTTP into requests of the API, and its answers into HTTP.
struct APIResponder: HTTPResponder {
  let cluster: Cluster
  let bookmarkEvery: TimeSpan
  let onRequest: @Sendable (_ method: String, _ path: String) -> Void

  func respond(to request: Request, context: ConnectionContext) async throws -> Response {
    onRequest(request.method.rawValue, request.uri.description)
    guard let asked = try await read(request) else { return response(to: .unreadable) }
    guard let answer = try await cluster.take(asked) else { return drop(context) }
    guard case .watch(let cursor) = answer else { return response(to: answer) }
    // Nothing is sent while nothing happens, and only a write shows that the caller is gone. So it is looked now and then.
    let start = WatchReader(cursor, of: cluster, bookmarkEvery: bookmarkEvery, lookEvery: min(bookmarkEvery, .milliseconds(250)))
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody { writer in
        var reader = start
        while let piece = try await reader.next() {
          switch piece {
          case .events(let events): try await writer.write(ByteBuffer(bytes: APIAnswer.lines(of: events)))
          case .nothing: break
          case .broken: context.channel.close(promise: nil)
          }
          guard context.channel.isActive, !Task.isCancelled, !Task.isShuttingDownGracefully else { break }
        }
        try await writer.finish(nil)
      })
  }

  /// Breaks the connection off; what is returned reaches nobody.
  private func drop(_ context: ConnectionContext) -> Response {
    context.channel.close(promise: nil)
    return Response(status: .internalServerError)
  }

  private func response(to answer: APIAnswer) -> Response {
    guard let written = answer.written else { return Response(status: .internalServerError) }
    var headers: HTTPFields = [.contentType: written.contentType]
    if let seconds = written.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
    return Response(
      status: .init(code: written.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: written.bytes)))
  }

  /// `nil` when the body is no JSON.
  private func read(_ request: Request) async throws -> APIRequest? {
    let body = try await request.body.collect(upTo: 4 << 20)
    var query: [String: String] = [:]
    for (key, item) in request.uri.queryParameters { query[String(key)] = String(item) }
    return APIRequest(
      request.method.rawValue, encodedPath: request.uri.path, query: query,
      contentType: request.headers[.contentType] ?? "application/json", userAgent: request.headers[.userAgent] ?? "unknown",
      authorization: request.headers[.authorization], body: Array(body.readableBytesView))
  }
}
