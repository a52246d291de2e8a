import HTTPTypes
import Hummingbird
import NIOCore
import SlipwayModel

/// Turns HTTP into requests of the API, and its answers into HTTP.
struct APIResponder: HTTPResponder {
  let cluster: Cluster
  let bookmarkEvery: Duration
  let onRequest: @Sendable (_ method: String, _ path: String) -> Void

  struct Dropped: Error {}

  func respond(to request: Request, context: ConnectionContext) async throws -> Response {
    onRequest(request.method.rawValue, request.uri.description)
    guard let asked = try await read(request) else {
      let error = APIError.badRequest("the body of the request is not valid JSON")
      return json(error.code, error.status, nil)
    }
    let verdict = await cluster.verdict(on: asked)
    if verdict.delay > .zero { try await Task.sleep(for: verdict.delay.duration) }
    if verdict.dropsBefore { return drop(context) }
    let answer = await cluster.respond(to: asked, verdict)
    if verdict.dropsAfter { return drop(context) }
    switch answer {
    case .json(let code, let value, let seconds): return json(code, value, seconds)
    case .text(let code, let text):
      return Response(
        status: .init(code: code), headers: [.contentType: "text/plain"], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    case .watch(let cursor):
      let stream = WatchStream(cluster: cluster, bookmarkEvery: bookmarkEvery, channel: context.channel)
      return Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody { writer in
          try await stream.run(cursor) { events in
            for event in events {
              var buffer = ByteBuffer(bytes: JSONWriter.write(event))
              buffer.writeString("\n")
              try await writer.write(buffer)
            }
          }
          try await writer.finish(nil)
        })
    }
  }

  /// Breaks the connection off; what is returned reaches nobody.
  private func drop(_ context: ConnectionContext) -> Response {
    context.channel.close(promise: nil)
    return Response(status: .internalServerError)
  }

  private func json(_ code: Int, _ value: JSONValue, _ retryAfterSeconds: Int?) -> Response {
    var headers: HTTPFields = [.contentType: "application/json"]
    if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
    return Response(
      status: .init(code: code), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONWriter.write(value))))
  }

  /// `nil` when the body is no JSON.
  private func read(_ request: Request) async throws -> APIRequest? {
    let body = try await request.body.collect(upTo: 4 << 20)
    var value: JSONValue?
    if body.readableBytes > 0 {
      do { value = try JSONParser.parse(Array(body.readableBytesView)) } catch { return nil }
    }
    var query: [String: String] = [:]
    for (key, item) in request.uri.queryParameters { query[String(key)] = String(item) }
    let authorization = request.headers[.authorization] ?? ""
    return APIRequest(
      request.method.rawValue, Self.decoded(request.uri.path), query: query,
      contentType: request.headers[.contentType] ?? "application/json",
      userAgent: request.headers[.userAgent] ?? "unknown",
      bearer: authorization.hasPrefix("Bearer ") ? String(authorization.dropFirst(7)) : nil, body: value)
  }

  private static func decoded(_ path: String) -> String {
    guard path.contains("%") else { return path }
    var bytes: [UInt8] = []
    var rest = Array(path.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
