import NIOCore
import SlipwayModel

/// A request to the API server, without what proves who asks.
package struct ClusterRequest: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  /// Which of the client's connections carry it: one kind of call that hangs must not hold up the others.
  package enum Lane: Hashable, Sendable {
    case ordinary, urgent, watch
  }

  package var method = Method.get
  /// Beginning with a slash, percent-encoded.
  package var path: String
  /// Not yet encoded.
  package var query: [(name: String, value: String)] = []
  package var accept = "application/json"
  package var contentType = "application/json"
  package var body: [UInt8]?
  package var lane = Lane.ordinary

  /// The path with its query, percent-encoded (RFC 3986, sections 2.3 and 3.4).
  package var target: String {
    let pairs = query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
    return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
  }

  /// Everything but unreserved characters as `%XX`.
  static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for unit in text.utf8 {
      switch unit {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        bytes.append(unit)
      default: bytes += [UInt8(ascii: "%"), digits[Int(unit >> 4)], digits[Int(unit & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What the server answers; its body has not been read yet.
package struct ClusterReply: Sendable {
  package let status: Int
  /// Seconds, from `Retry-After`.
  package let retryAfter: Int?
  /// The next piece is fetched when it is asked for.
  package let body: any AsyncSequence<ByteBuffer, any Error> & Sendable

  package init(status: Int, retryAfter: Int? = nil, body: any AsyncSequence<ByteBuffer, any Error> & Sendable) {
    self.status = status
    self.retryAfter = retryAfter
    self.body = body
  }
}

/// Why no answer came.
package struct TransportFailure: Error, CustomStringConvertible {
  /// The request can't have reached the server.
  package let isUnsent: Bool
  /// Trying again would fail in the same way.
  package let isLasting: Bool
  package let words: String

  package init(isUnsent: Bool, isLasting: Bool = false, words: String) {
    self.isUnsent = isUnsent
    self.isLasting = isLasting
    self.words = words
  }

  package var description: String { words }
}

/// The way to an API server.
package protocol ClusterTransport: Sendable {
  /// Gets ready what proves who asks; that may take longer than any answer.
  ///
  /// - Throws: `SlipwayError` with code `cluster-credentials`; `CancellationError`.
  func prepare() async throws
  /// - Throws: ``TransportFailure`` when there is no answer, `SlipwayError` when there is nothing to prove with who asks,
  ///   `CancellationError`.
  func open(_ request: ClusterRequest) async throws -> ClusterReply
  /// What proved who asks was refused: the next request has to use something newer. Returns whether there may be something newer.
  func renewCredentials() async -> Bool
  /// What must be in no message: the tokens and passwords in use.
  var secrets: [String] { get }
  /// Ends all connections; after that there are none any more.
  func close() async
}
