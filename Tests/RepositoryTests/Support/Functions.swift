/// A function, initialiser or deinitialiser with its body.
struct FunctionBody: Equatable {
  let name: String
  /// Line of the keyword, from 1.
  let line: Int
  /// Lines from the opening brace to the closing one, both included.
  let lineCount: Int
}

extension SwiftFile {
  /// Every function with a body, by counting brackets: requirements of protocols have none.
  var functions: [FunctionBody] {
    let bytes = Array(code.utf8)
    var line = 1
    var found: [FunctionBody] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\n") { line += 1 }
      if let keyword = keyword(in: bytes, at: index), let body = body(in: bytes, from: index + keyword.count) {
        let inside = bytes[body].count { $0 == UInt8(ascii: "\n") }
        let name = bytes[(index + keyword.count)...].prefix { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: "{") }
        found.append(
          FunctionBody(
            name: keyword + String(decoding: name, as: UTF8.self).prefix { $0 != "\n" }, line: line, lineCount: inside + 1))
      }
      index += 1
    }
    return found
  }

  /// The keyword of a declaration at this place; `self.init(` and `funcs` are none.
  private func keyword(in bytes: [UInt8], at index: Int) -> String? {
    let first = bytes[index]
    guard first == UInt8(ascii: "f") || first == UInt8(ascii: "i") || first == UInt8(ascii: "d") else { return nil }
    let before = index == 0 ? UInt8(ascii: "\n") : bytes[index - 1]
    guard before == UInt8(ascii: " ") || before == UInt8(ascii: "\n") else { return nil }
    for keyword in ["func ", "init(", "init<", "init?", "deinit "] where bytes[index...].starts(with: keyword.utf8) {
      return String(keyword.dropLast(keyword.hasSuffix(" ") ? 0 : 1))
    }
    return nil
  }

  /// From the brace that opens the body up to the one that closes it; `nil` when the declaration ends without a body.
  private func body(in bytes: [UInt8], from start: Int) -> ClosedRange<Int>? {
    var depth = 0
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "{") where depth == 0: return matchingBrace(in: bytes, from: index).map { index...$0 }
      case UInt8(ascii: "}") where depth == 0: return nil
      case UInt8(ascii: "\n") where depth == 0 && !continues(in: bytes, after: index): return nil
      default: break
      }
      index += 1
    }
    return nil
  }

  /// Whether the next line still belongs to the head of a declaration.
  private func continues(in bytes: [UInt8], after newline: Int) -> Bool {
    let next = bytes[(newline + 1)...].drop { $0 == UInt8(ascii: " ") }
    return ["->", "where ", "{", ")", "async", "throws"].contains { next.starts(with: $0.utf8) }
  }

  private func matchingBrace(in bytes: [UInt8], from open: Int) -> Int? {
    var depth = 0
    for index in open..<bytes.count {
      if bytes[index] == UInt8(ascii: "{") { depth += 1 }
      if bytes[index] == UInt8(ascii: "}") {
        depth -= 1
        if depth == 0 { return index }
      }
    }
    return nil
  }
}
