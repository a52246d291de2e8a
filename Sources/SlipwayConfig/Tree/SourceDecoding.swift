extension SourceText {
  /// Largest file that is read, in bytes.
  static let sizeLimit = 1_048_576

  /// The text of the bytes; `nil` after reporting that they are too many, not UTF-8, or hold characters that YAML forbids.
  ///
  /// Also returns the text as far as it could be read, for showing where the mistake is.
  static func decode(_ bytes: [UInt8], sink: DiagnosticSink) -> (text: SourceText, isValid: Bool) {
    guard bytes.count <= sizeLimit else {
      sink.error(
        .fileTooLarge, at: .start, "the file has \(bytes.count) bytes, more than the \(sizeLimit) that are read",
        remedy: "check that this is the right file; a project description is rarely larger than a few kilobytes")
      return (SourceText(""), false)
    }
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      return (reportInvalidUTF8(content, sink: sink), false)
    }
    let source = SourceText(text)
    guard let offset = source.scalars.firstIndex(where: { !isAllowed($0) }) else { return (source, true) }
    let scalar = source.scalars[offset]
    let hexadecimal = String(scalar.value, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: max(0, 4 - hexadecimal.count)) + hexadecimal
    sink.error(
      .invalidEncoding, at: source.place(at: offset), "the character \(name) is not allowed in YAML",
      remedy: scalar.value == 0
        ? "save the file as UTF-8: zero bytes are a sign of UTF-16 or of a binary file"
        : "delete the character; in a double-quoted text it can be written as an escape")
    return (source, false)
  }

  /// What libyaml's reader lets through (YAML 1.1, c-printable).
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  private static func reportInvalidUTF8(_ content: ArraySlice<UInt8>, sink: DiagnosticSink) -> SourceText {
    var decoder = UTF8()
    var iterator = content.makeIterator()
    var scalars: [Unicode.Scalar] = []
    decoding: while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): scalars.append(scalar)
      case .emptyInput, .error: break decoding
      }
    }
    let consumed = scalars.reduce(0) { $0 + UTF8.width($1) }
    let byte = content[content.startIndex + min(consumed, content.count - 1)]
    let offset = scalars.count
    scalars.append("\u{FFFD}")
    let source = SourceText(scalars: scalars)
    let hexadecimal = String(byte, radix: 16, uppercase: true)
    sink.error(
      .invalidEncoding, at: source.place(at: offset), "the byte 0x\(hexadecimal) is not UTF-8",
      remedy: "save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8")
    return source
  }
}
