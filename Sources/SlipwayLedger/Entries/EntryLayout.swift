/// Where the parts of an encoded entry lie: found in one pass without allocation, which is what lets verification and replay
/// keep up with the disk.
package struct EntryLayout: Sendable {
  /// `person` or `system`, without quotes; so are the other strings.
  package let actorKind: Range<Int>
  /// As written, with escapes.
  package let actorName: Range<Int>
  package let at: Range<Int>
  /// The object with its braces.
  package let body: Range<Int>
  /// As written, with escapes; `nil` for `null`.
  package let cause: Range<Int>?
  package let index: Int64
  package let kind: Range<Int>
  package let stream: Range<Int>

  /// Finds the parts, and checks that the bytes are exactly one entry in the format's form.
  package init(scanning bytes: UnsafeRawBufferPointer) throws(EntryFault) {
    guard bytes.count <= EntryEnvelope.maximumByteCount else {
      throw EntryFault(.tooLarge(bytes.count), "the entry has \(bytes.count) bytes")
    }
    var scanner = JSONScanner(bytes)
    try scanner.expect("{\"actor\":{\"kind\":\"")
    actorKind = try scanner.stringAfterQuote()
    try scanner.expect(",\"name\":\"")
    actorName = try scanner.stringAfterQuote()
    try scanner.expect("},\"at\":\"")
    at = try scanner.stringAfterQuote()
    try scanner.expect(",\"body\":{")
    let start = scanner.position - 1
    try scanner.objectAfterBrace(depth: 1)
    body = start..<scanner.position
    try scanner.expect(",\"cause\":")
    if scanner.next() == UInt8(ascii: "n") {
      try scanner.expect("null")
      cause = nil
    } else {
      try scanner.expect("\"")
      cause = try scanner.stringAfterQuote()
    }
    try scanner.expect(",\"index\":")
    index = try scanner.index()
    try scanner.expect(",\"kind\":\"")
    kind = try scanner.stringAfterQuote()
    try scanner.expect(",\"stream\":\"")
    stream = try scanner.stringAfterQuote()
    try scanner.expect(",\"v\":1}")
    guard scanner.position == bytes.count else { throw .malformed("bytes follow the entry") }
    try checkBounds(in: bytes)
  }

  private func checkBounds(in bytes: UnsafeRawBufferPointer) throws(EntryFault) {
    guard bytes[actorKind].elementsEqual("person".utf8) || bytes[actorKind].elementsEqual("system".utf8) else {
      throw .malformed("the actor's kind is neither person nor system")
    }
    guard isTimestamp(bytes[at]) else { throw .malformed("the time is not an RFC 3339 instant in UTC with milliseconds") }
    guard (1...EntryEnvelope.maximumStreamByteCount).contains(stream.count),
      bytes[stream].allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
    else { throw .malformed("the stream's name is not 1 to 200 printable ASCII characters without space, quote and backslash") }
    guard (1...EntryEnvelope.maximumKindByteCount).contains(kind.count), bytes[kind].allSatisfy(isKindCharacter) else {
      throw .malformed("the kind is not 1 to 64 characters of a-z, 0-9 and _")
    }
  }
}

private func isKindCharacter(_ byte: UInt8) -> Bool {
  (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || isDigit(byte) || byte == UInt8(ascii: "_")
}

func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

/// Whether the bytes have the shape `dddd-dd-ddTdd:dd:dd.dddZ`; whether the date exists is for whoever made it.
private func isTimestamp(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
  let shape: StaticString = "dddd-dd-ddTdd:dd:dd.dddZ"
  guard bytes.count == shape.utf8CodeUnitCount else { return false }
  for offset in 0..<bytes.count {
    let wanted = shape.utf8Start[offset]
    let byte = bytes[bytes.startIndex + offset]
    if wanted == UInt8(ascii: "d") ? !isDigit(byte) : byte != wanted { return false }
  }
  return true
}
