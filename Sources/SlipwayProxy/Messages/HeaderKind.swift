/// The header fields that a proxy must not pass on as they are (RFC 9110, section 7.6.1) or has to read.
enum HeaderKind: UInt8 {
  /// Passed on unread.
  case other
  case host
  case connection
  case contentLength
  case transferEncoding
  case upgrade
  case expect
  case cookie
  case via
  case contentType
  case forwardedFor
  case forwardedProto
  case forwardedHost
  case forwarded
  /// Meant for the next hop only, and never passed on: `Keep-Alive`, `Proxy-Connection`, `TE`, `Trailer`, `Proxy-Authenticate`,
  /// `Proxy-Authorization`; and `X-Slipway-Mirror`, by which only the proxy itself marks a copy.
  case hop

  init(_ name: String) {
    self = .other
    switch name.utf8.count {
    case 2: take("te", .hop, name)
    case 3: take("via", .via, name)
    case 4: take("host", .host, name)
    case 6:
      take("cookie", .cookie, name)
      take("expect", .expect, name)
    case 7:
      take("upgrade", .upgrade, name)
      take("trailer", .hop, name)
    case 9: take("forwarded", .forwarded, name)
    case 10:
      take("connection", .connection, name)
      take("keep-alive", .hop, name)
    case 12: take("content-type", .contentType, name)
    case 14: take("content-length", .contentLength, name)
    case 15: take("x-forwarded-for", .forwardedFor, name)
    case 16:
      take("x-forwarded-host", .forwardedHost, name)
      take("proxy-connection", .hop, name)
      take("x-slipway-mirror", .hop, name)
    case 17:
      take("transfer-encoding", .transferEncoding, name)
      take("x-forwarded-proto", .forwardedProto, name)
    case 18: take("proxy-authenticate", .hop, name)
    case 19: take("proxy-authorization", .hop, name)
    default: break
    }
  }

  private mutating func take(_ lowercase: StaticString, _ kind: HeaderKind, _ name: String) {
    if self == .other, name.equalsIgnoringCase(lowercase) { self = kind }
  }
}

extension StringProtocol {
  /// Whether the text is the same as an ASCII one that is given in lower case; letters are compared without case.
  @inline(__always)
  func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
    let count = lowercase.utf8CodeUnitCount
    let start = lowercase.utf8Start
    let same = utf8.withContiguousStorageIfAvailable { bytes in
      guard bytes.count == count else { return false }
      for place in 0..<count where lowered(bytes[place]) != start[place] { return false }
      return true
    }
    return same ?? utf8.elementsEqual(UnsafeBufferPointer(start: start, count: count)) { lowered($0) == $1 }
  }

  /// Whether two ASCII texts are the same but for case.
  func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
    utf8.elementsEqual(other.utf8) { lowered($0) == lowered($1) }
  }
}

@inline(__always)
private func lowered(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 32 : byte }

/// The members of a comma-separated list (RFC 9110, section 5.6.1), without white space around them and without empty ones.
func listMembers(_ value: String) -> [Substring] {
  value.split(separator: ",").map { member in
    var member = member
    while let first = member.first, first == " " || first == "\t" { member.removeFirst() }
    while let last = member.last, last == " " || last == "\t" { member.removeLast() }
    return member
  }.filter { !$0.isEmpty }
}
