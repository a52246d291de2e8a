import NIOCore
import NIOHTTP1
import SlipwayModel

/// How the end of an answer's body is told to the client.
enum BodyFraming: Equatable {
  /// There is no body, whatever the fields say: answers to HEAD, 204 and 304.
  case none
  /// `Content-Length` as the service gave it.
  case length
  case chunks
  /// The connection's end is the body's end: for HTTP/1.0 clients.
  case untilClose
}

/// What has to be remembered of an answer once its head is written for the client.
struct ResponseFacts: Equatable {
  let framing: BodyFraming
  /// Server-sent events may pause for as long as they like.
  let isEventStream: Bool
}

/// Writes the head of a service's answer as the client gets it.
struct ResponseTranslator {
  let request: RequestFacts
  /// Whether the client connection takes another request.
  let keepAlive: Bool
  /// A new client's identifier, for the cookie.
  var newClient: ClientIdentifiers.Identifier?
  /// Told in `X-Slipway-Slot` when set.
  var exposedSlot: Slot?

  /// Appends the head of a final answer. Throws when its body could not be told apart from what follows it.
  func translate(_ head: HTTPResponseHead, into out: inout ByteBuffer) throws(OwnAnswer) -> ResponseFacts {
    let start = out.writerIndex
    var fields = try Fields(head, dropping: [], &out)
    if !fields.oneHop.isEmpty {
      // Rare: `Connection` names further fields, of which some may be written already.
      let dropping = fields.oneHop
      out.moveWriterIndex(to: start)
      fields = try Fields(head, dropping: dropping, &out)
    }
    let framing: BodyFraming =
      if request.isHead || head.status.code == 204 || head.status.code == 304 { .none } else if fields.hasLength { .length } else {
        request.isOldVersion ? .untilClose : .chunks
      }
    writeOwnFields(framing, &out)
    return ResponseFacts(framing: framing, isEventStream: fields.isEventStream)
  }

  /// One pass over the fields of an answer.
  private struct Fields {
    var hasLength = false
    var isEventStream = false
    /// Fields that `Connection` names besides the ones every proxy knows.
    var oneHop: [Substring] = []

    init(_ head: HTTPResponseHead, dropping: [Substring], _ out: inout ByteBuffer) throws(OwnAnswer) {
      out.writeStatusLine(Int(head.status.code))
      for (name, value) in head.headers {
        switch HeaderKind(name) {
        case .hop, .upgrade: break
        case .connection:
          if value.equalsIgnoringCase("keep-alive") || value.equalsIgnoringCase("close") { continue }
          oneHop += listMembers(value)
        case .contentLength:
          hasLength = true
          if head.status.code != 204 { out.writeField("Content-Length", value) }
        case .transferEncoding:
          // Anything else would be passed on without the coding that the client has to undo.
          guard value.equalsIgnoringCase("chunked") else { throw .upstreamMalformed }
        case .contentType:
          isEventStream = value.utf8.count >= 17 && value.prefix(17).equalsIgnoringCase("text/event-stream")
          out.writeField(name, value)
        case .other, .host, .expect, .cookie, .via, .forwardedFor, .forwardedProto, .forwardedHost, .forwarded:
          if !dropping.isEmpty, dropping.contains(where: { $0.equalsIgnoringCase(name) }) { continue }
          out.writeField(name, value)
        }
      }
    }
  }

  /// Appends an interim answer (1xx), or the 101 that opens a tunnel.
  static func writeInterim(_ head: HTTPResponseHead, into out: inout ByteBuffer) {
    out.writeStatusLine(Int(head.status.code))
    for (name, value) in head.headers {
      switch HeaderKind(name) {
      case .connection, .hop, .upgrade, .contentLength, .transferEncoding: break
      case .other, .host, .expect, .cookie, .via, .forwardedFor, .forwardedProto, .forwardedHost, .forwarded, .contentType:
        out.writeField(name, value)
      }
    }
    if head.status == .switchingProtocols { out.writeStaticString("Connection: Upgrade\r\nUpgrade: websocket\r\n") }
    out.writeStaticString("\r\n")
  }

  private func writeOwnFields(_ framing: BodyFraming, _ out: inout ByteBuffer) {
    if framing == .chunks { out.writeStaticString("Transfer-Encoding: chunked\r\n") }
    if let newClient {
      out.writeStaticString("Set-Cookie: slipway=")
      newClient.write(to: &out)
      out.writeStaticString("; Path=/; HttpOnly; SameSite=Lax\r\n")
    }
    if let exposedSlot {
      out.writeStaticString("X-Slipway-Slot: ")
      out.writeString(exposedSlot.rawValue)
      out.writeStaticString("\r\n")
    }
    if !keepAlive || framing == .untilClose {
      out.writeStaticString("Connection: close\r\n")
    } else if request.isOldVersion {
      out.writeStaticString("Connection: keep-alive\r\n")
    }
    out.writeStaticString("\r\n")
  }
}
