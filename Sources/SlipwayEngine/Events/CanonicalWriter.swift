/// The bytes of one JSON text while it is written: the containers that are open, and the members of the open objects.
struct CanonicalWriter {
  enum Kind {
    case object
    case array
  }

  private struct Container {
    let kind: Kind
    /// Where its first member or element begins.
    let start: Int
    /// How many members the objects around it have.
    let outerMembers: Int
  }

  private(set) var bytes: [UInt8] = []
  /// Outermost first.
  private var containers: [Container] = []
  /// Of all open objects: the name, and where the member begins with it. A member ends where the next begins.
  private var members: [(name: String, start: Int)] = []
  /// Members of an object before they are put in order.
  private var unordered: [UInt8] = []

  var count: Int { bytes.count }

  /// Begins a container that lies in `depth` others. A value that asks for its container again goes on with the one it has.
  mutating func open(_ kind: Kind, inside depth: Int) {
    if containers.count > depth { return }
    bytes.append(kind == .object ? UInt8(ascii: "{") : UInt8(ascii: "["))
    containers.append(Container(kind: kind, start: bytes.count, outerMembers: members.count))
  }

  /// Begins a member of the object that is the `depth`-th open container.
  mutating func member(_ name: String, at depth: Int) {
    close(to: depth)
    members.append((name, bytes.count))
    appendQuoted(name)
    bytes.append(UInt8(ascii: ":"))
  }

  /// Begins an element of the array that is the `depth`-th open container.
  mutating func element(number: Int, at depth: Int) {
    close(to: depth)
    if number > 0 { bytes.append(UInt8(ascii: ",")) }
  }

  /// Ends all containers that lie in `depth` others.
  mutating func close(to depth: Int) {
    while containers.count > depth, let container = containers.popLast() {
      switch container.kind {
      case .object:
        putInOrder(container)
        bytes.append(UInt8(ascii: "}"))
      case .array: bytes.append(UInt8(ascii: "]"))
      }
    }
  }

  /// Writes the members of an object once more, by name and with commas between them.
  private mutating func putInOrder(_ container: Container) {
    let first = container.outerMembers
    defer { members.removeSubrange(first...) }
    guard members.count - first > 1 else { return }
    unordered.removeAll(keepingCapacity: true)
    unordered.append(contentsOf: bytes[container.start...])
    bytes.removeSubrange(container.start...)
    for place in members[first...].indices.sorted(by: { members[$0].name < members[$1].name }) {
      if bytes.count > container.start { bytes.append(UInt8(ascii: ",")) }
      let end = place + 1 < members.count ? members[place + 1].start - container.start : unordered.count
      bytes.append(contentsOf: unordered[(members[place].start - container.start)..<end])
    }
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { bytes.append(contentsOf: $0) }
  }

  /// Text between quotation marks, with what JSON asks to be escaped (RFC 8259, section 7) and nothing else.
  mutating func appendQuoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    let isPlain = text.withUTF8 { utf8 in
      for byte in utf8 where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
      bytes.append(contentsOf: utf8)
      return true
    }
    if !isPlain { appendEscaped(text) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func appendEscaped(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x08: append("\\b")
      case 0x09: append("\\t")
      case 0x0a: append("\\n")
      case 0x0c: append("\\f")
      case 0x0d: append("\\r")
      case 0x00..<0x20: append((byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16))
      case _: bytes.append(byte)
      }
    }
  }
}
