/// A journal entry as the bytes that are hashed: one canonical JSON object
/// `{"actor":{"kind":…,"name":…},"at":…,"body":{…},"cause":…,"index":…,"kind":…,"stream":…,"v":1}`.
///
/// Place, time, author and content are all inside, so a leaf of the tree vouches for each of them.
package struct EntryEnvelope: Hashable, Sendable {
  /// An entry has at most this many bytes: the most that the 16-bit length of a C2SP log tile can name.
  package static let maximumByteCount = 65_535
  /// A stream's name has at most this many bytes.
  package static let maximumStreamByteCount = 200
  /// A kind has at most this many bytes.
  package static let maximumKindByteCount = 64

  /// Place in the log, from 0.
  package var index: Int64
  /// RFC 3339 in UTC with milliseconds: `2026-11-21T09:14:07.250Z`.
  package var at: String
  /// Printable ASCII without space, `"` and `\`, 1 to 200 bytes.
  package var stream: String
  /// `a-z`, `0-9` and `_`, 1 to 64 bytes.
  package var kind: String
  /// `person` or `system`.
  package var actorKind: String
  package var actorName: String
  package var cause: String?
  /// A JSON object without white space outside its strings.
  package var body: [UInt8]

  package init(
    index: Int64, at: String, stream: String, kind: String, actorKind: String, actorName: String, cause: String?, body: [UInt8]
  ) {
    self.index = index
    self.at = at
    self.stream = stream
    self.kind = kind
    self.actorKind = actorKind
    self.actorName = actorName
    self.cause = cause
    self.body = body
  }

  /// The bytes that are stored and hashed.
  ///
  /// - Throws: `malformed` when a value is outside its bounds or the body is no such object, `tooLarge`.
  package func encoded() throws(EntryFault) -> [UInt8] {
    var json = CanonicalJSON(capacity: body.count + 256)
    json.raw("{\"actor\":{\"kind\":")
    json.string(actorKind)
    json.raw(",\"name\":")
    json.string(actorName)
    json.raw("},\"at\":")
    json.string(at)
    json.raw(",\"body\":")
    json.raw(body)
    json.raw(",\"cause\":")
    if let cause { json.string(cause) } else { json.raw("null") }
    json.raw(",\"index\":")
    json.integer(index)
    json.raw(",\"kind\":")
    json.string(kind)
    json.raw(",\"stream\":")
    json.string(stream)
    json.raw(",\"v\":1}")
    guard json.bytes.count <= Self.maximumByteCount else {
      throw EntryFault(
        .tooLarge(json.bytes.count), "the entry has \(json.bytes.count) bytes; at most \(Self.maximumByteCount) are possible")
    }
    // What is written is read again with the reader's own rules: nothing gets into the log that later could not be replayed.
    // A body such as `{},"index":7` would otherwise pass as something else than was meant.
    var fault: EntryFault?
    json.bytes.withUnsafeBytes { buffer in
      do throws(EntryFault) {
        let layout = try EntryLayout(scanning: buffer)
        if layout.body.count != body.count { throw .malformed("the body is not one JSON object") }
      } catch { fault = error }
    }
    if let fault { throw fault }
    return json.bytes
  }

  /// Reads an entry's bytes.
  package init(decoding buffer: UnsafeRawBufferPointer) throws(EntryFault) {
    let layout = try EntryLayout(scanning: buffer)
    // Whole buffers and not slices: the standard library copies those at once.
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[range]) }
    func text(_ range: Range<Int>) -> String { String(decoding: part(range), as: UTF8.self) }
    self.init(
      index: layout.index, at: text(layout.at), stream: text(layout.stream), kind: text(layout.kind),
      actorKind: text(layout.actorKind), actorName: try unescaped(part(layout.actorName)),
      cause: try layout.cause.map { range throws(EntryFault) in try unescaped(part(range)) }, body: Array(part(layout.body)))
  }
}

/// The text of a JSON string as ``CanonicalJSON`` has written it. Other escapes than it writes are refused, so that each text
/// has one form.
private func unescaped(_ raw: UnsafeRawBufferPointer) throws(EntryFault) -> String {
  guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
  var bytes: [UInt8] = []
  var rest = raw[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "\\") else {
      bytes.append(byte)
      continue
    }
    switch rest.popFirst() {
    case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "u"):
      let digits = rest.prefix(4).compactMap { Hexadecimal.value($0) }
      guard digits.count == 4, digits[0] == 0, digits[1] == 0, digits[2] < 2 else {
        throw .malformed("a string is escaped in another way than the format's")
      }
      bytes.append(digits[2] << 4 | digits[3])
      rest = rest.dropFirst(4)
    default: throw .malformed("a string is escaped in another way than the format's")
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
