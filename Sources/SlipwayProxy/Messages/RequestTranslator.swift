import NIOCore
import NIOHTTP1

/// What has to be remembered of a request once its head is written for the service.
struct RequestFacts {
  var isHead = false
  /// RFC 9110, section 9.2.2: doing it twice is the same as doing it once.
  var isIdempotent = false
  /// HTTP/1.0 clients get no chunks and no interim answers.
  var isOldVersion = false
  /// Whether the client connection may take another request afterwards.
  var keepAlive = true
  var hasBody = false
  /// Whether the body goes on in chunks.
  var chunked = false
  var wantsWebSocket = false
  /// All `Cookie` fields as one.
  var cookies: String?
}

/// Checks a request head and writes it as the service gets it: what RFC 9112 forbids and the parser lets through is refused,
/// fields meant for one hop are left out, and the `X-Forwarded-*` fields say who asked.
struct RequestTranslator {
  let targetBytes: Int
  let trustForwarded: Bool
  /// The client's IP address.
  let peer: String
  /// The fields about the client up to the value of `X-Forwarded-Host`, as most of its requests get them.
  private let usualFields: String

  init(targetBytes: Int, trustForwarded: Bool, peer: String) {
    self.targetBytes = targetBytes
    self.trustForwarded = trustForwarded
    self.peer = peer
    usualFields = "X-Forwarded-For: \(peer)\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: "
  }

  /// Appends the head to the buffer; what was appended is undefined when it throws.
  func translate(_ head: HTTPRequestHead, into out: inout ByteBuffer) throws(OwnAnswer) -> RequestFacts {
    let start = out.writerIndex
    var pass = try Pass(self, head, dropping: [], &out)
    if !pass.oneHop.isEmpty {
      // Rare: `Connection` names further fields, of which some may be written already.
      let dropping = pass.oneHop
      out.moveWriterIndex(to: start)
      pass = try Pass(self, head, dropping: dropping, &out)
    }
    return pass.facts
  }

  /// One pass over the fields of one head.
  private struct Pass {
    var facts = RequestFacts()
    /// Fields that `Connection` names besides the ones every proxy knows.
    var oneHop: [Substring] = []
    private var host: String?
    private var forwardedFor: String?
    private var forwardedHost: String?
    private var forwardedProto: String?
    private var connectionUpgrade = false
    private var upgrade: String?
    private var hasLength = false

    init(
      _ translator: RequestTranslator, _ head: HTTPRequestHead, dropping: [Substring], _ out: inout ByteBuffer
    ) throws(OwnAnswer) {
      try readMethod(head.method)
      facts.isOldVersion = head.version.minor == 0
      facts.keepAlive = head.isKeepAlive
      let target = try RequestTarget(head.uri, method: head.method, limit: translator.targetBytes)
      if head.method == .GET {
        out.writeStaticString("GET ")
      } else {
        out.writeString(head.method.rawValue)
        out.writeInteger(UInt8(ascii: " "))
      }
      out.writeString(target.path)
      out.writeStaticString(" HTTP/1.1\r\n")
      for (name, value) in head.headers {
        try take(name, value, trust: translator.trustForwarded, dropping: dropping, &out)
      }
      guard let host = target.authority ?? host ?? (facts.isOldVersion ? "" : nil), self.host != nil || facts.isOldVersion else {
        throw .badRequest("The request has no Host field.")
      }
      out.writeField("Host", host)
      readUpgrade(head.method)
      writeOwnFields(translator, host: host, &out)
    }

    private mutating func readMethod(_ method: HTTPMethod) throws(OwnAnswer) {
      switch method {
      case .GET, .OPTIONS, .TRACE, .PUT, .DELETE: facts.isIdempotent = true
      case .HEAD:
        facts.isHead = true
        facts.isIdempotent = true
      case .CONNECT: throw .notImplemented
      // The parser knows methods of RTSP and ICE too; of the ones without a case of their own only QUERY is HTTP's.
      case .RAW(let name) where name != "QUERY": throw .notImplemented
      default: break
      }
    }

    private mutating func take(
      _ name: String, _ value: String, trust: Bool, dropping: [Substring], _ out: inout ByteBuffer
    ) throws(OwnAnswer) {
      if hasReplacementCharacter(value) { throw .badRequest("The field \(name) is not valid UTF-8.") }
      switch HeaderKind(name) {
      case .other, .contentType:
        if !dropping.isEmpty, dropping.contains(where: { $0.equalsIgnoringCase(name) }) { return }
        out.writeField(name, value)
      case .cookie:
        facts.cookies = facts.cookies.map { $0 + "; " + value } ?? value
        out.writeField(name, value)
      case .via: out.writeField(name, value)
      case .host:
        guard host == nil else { throw .badRequest("The request has more than one Host field.") }
        guard isHost(value) else { throw .badRequest("The Host field is not a host name.") }
        host = value
      case .connection: readConnection(value)
      case .contentLength:
        // The parser has checked the number and that there is only one and no Transfer-Encoding.
        guard !hasLength else { throw .badRequest("The request has more than one Content-Length field.") }
        hasLength = true
        facts.hasBody = value != "0"
        out.writeField("Content-Length", value)
      case .transferEncoding:
        if facts.isOldVersion { throw .badRequest("Transfer-Encoding is not part of HTTP/1.0.") }
        if facts.chunked || hasLength { throw .badRequest("The length of the request body is ambiguous.") }
        guard value.equalsIgnoringCase("chunked") else { throw .notImplemented }
        facts.chunked = true
        facts.hasBody = true
        out.writeStaticString("Transfer-Encoding: chunked\r\n")
      case .upgrade: upgrade = upgrade.map { $0 + "," + value } ?? value
      case .expect:
        guard value.equalsIgnoringCase("100-continue") else {
          throw .expectationFailed
        }
        if !facts.isOldVersion { out.writeStaticString("Expect: 100-continue\r\n") }
      case .forwardedFor: forwardedFor = forwardedFor.map { $0 + ", " + value } ?? value
      case .forwardedProto: if trust { forwardedProto = value }
      case .forwardedHost: if trust { forwardedHost = value }
      case .forwarded: if trust { out.writeField(name, value) }
      case .hop: break
      }
    }

    private mutating func readConnection(_ value: String) {
      if value.equalsIgnoringCase("keep-alive") || value.equalsIgnoringCase("close") { return }
      for member in listMembers(value) {
        if member.equalsIgnoringCase("upgrade") {
          connectionUpgrade = true
        } else if !member.equalsIgnoringCase("keep-alive"), !member.equalsIgnoringCase("close") {
          oneHop.append(member)
        }
      }
    }

    /// Only websockets are tunnelled. Another protocol, `h2c` above all, would pass by every check made here.
    private mutating func readUpgrade(_ method: HTTPMethod) {
      guard connectionUpgrade, let upgrade else { return }
      if method == .GET, !facts.isOldVersion, !facts.hasBody, upgrade.equalsIgnoringCase("websocket") {
        facts.wantsWebSocket = true
      }
      // The parser reads nothing after such a request, whatever becomes of it.
      facts.keepAlive = false
    }

    private func writeOwnFields(_ translator: RequestTranslator, host: String, _ out: inout ByteBuffer) {
      if forwardedFor == nil, forwardedProto == nil {
        out.writeString(translator.usualFields)
      } else {
        let addresses = forwardedFor.map { $0 + ", " + translator.peer } ?? translator.peer
        out.writeField("X-Forwarded-For", addresses)
        out.writeField("X-Forwarded-Proto", forwardedProto ?? "http")
        out.writeStaticString("X-Forwarded-Host: ")
      }
      out.writeString(forwardedHost ?? host)
      if facts.wantsWebSocket {
        out.writeStaticString("\r\nVia: 1.1 slipway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
      } else {
        out.writeStaticString("\r\nVia: 1.1 slipway\r\n\r\n")
      }
    }
  }
}

/// Whether a text holds U+FFFD: the parser puts it where the bytes were not UTF-8, and a changed field must not go on.
@inline(__always)
private func hasReplacementCharacter(_ value: String) -> Bool {
  let bits = value.utf8.withContiguousStorageIfAvailable { bytes in bytes.reduce(into: UInt8(0)) { $0 |= $1 } } ?? 0xff
  return bits >= 0x80 && value.unicodeScalars.contains("\u{fffd}")
}

/// Whether a text may stand in `Host`: no user information, path, list or white space.
private func isHost(_ value: String) -> Bool {
  value.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "_"),
      UInt8(ascii: "%"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}

/// The two parts of a request target (RFC 9112, section 3.2) that the service needs.
struct RequestTarget: Hashable {
  /// Path and query, or `*`.
  let path: String
  /// Host and port of an absolute-form target, which replace the `Host` field.
  let authority: String?

  init(_ text: String, method: HTTPMethod, limit: Int) throws(OwnAnswer) {
    guard text.utf8.count <= limit else { throw .targetTooLong }
    guard !text.utf8.contains(UInt8(ascii: "#")) else { throw .badRequest("A request target has no fragment.") }
    if text.utf8.first == UInt8(ascii: "/") {
      path = text
      authority = nil
    } else if text == "*" {
      guard method == .OPTIONS else { throw .badRequest("The target * is for OPTIONS only.") }
      path = text
      authority = nil
    } else {
      guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
        throw .badRequest("The request target is neither a path nor a URL.")
      }
      let rest = text.dropFirst(scheme.count)
      let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
      let host = String(rest[..<end])
      guard !host.isEmpty, isHost(host) else { throw .badRequest("The request target has no valid host.") }
      authority = host
      path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }
  }
}
