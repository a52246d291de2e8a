/// Replaces `${NAME}` and `${NAME:-default}` in values.
///
/// It works on values that the parser has already found, so what a variable holds can't change the structure of the file.
/// The default stands in for a variable that is unset or empty, as in a shell. `$$` is a dollar sign; a dollar sign that
/// begins neither is left alone, so `$PORT` in a command reaches the shell.
struct Interpolation {
  /// Longest text that a value may become, in bytes.
  static let lengthLimit = 65_536
  private static let nestingLimit = 8

  let source: SourceText
  let sink: DiagnosticSink
  let variables: [String: String]

  /// - Parameters:
  ///   - place: of the value, for messages that are about all of it.
  ///   - start: offset in the source at which the value's text begins.
  /// - Returns: `nil` after reporting a mistake.
  func replace(in text: String, at place: Place, start: Int) -> String? {
    guard text.utf8.count <= Self.lengthLimit else { return tooLong(at: place) }
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var replacer = Replacer(scalars: Array(text.unicodeScalars), variables: variables)
    let result = replacer.replaced(depth: 0)
    let opening = replacer.problems.isEmpty ? [] : openings(from: start)
    for problem in replacer.problems {
      let exact = problem.opening < opening.count ? source.place(at: opening[problem.opening], length: problem.length) : place
      sink.error(problem.code, at: exact, problem.message, remedy: problem.remedy)
    }
    if result.utf8.count > Self.lengthLimit { return tooLong(at: place) }
    return replacer.problems.isEmpty ? result : nil
  }

  private func tooLong(at place: Place) -> String? {
    sink.error(
      .outOfRange, at: place, "the value is longer than \(Self.lengthLimit) bytes, with its variables replaced",
      remedy: "put large values into a file that the service reads")
    return nil
  }

  /// Offsets of `${` in the source from `start` on. The value's own come first and in order, since folding and quoting
  /// remove nothing between `$` and `{`.
  private func openings(from start: Int) -> [Int] {
    var found: [Int] = []
    var index = start
    while index + 1 < source.scalars.count, found.count < 1000 {
      if source.scalars[index] == "$", source.scalars[index + 1] == "{" { found.append(index) }
      index += 1
    }
    return found
  }

  /// What is wrong with one `${…}`.
  private struct Problem {
    let code: DiagnosticCode
    /// Which `${` of the value it is, from 0.
    let opening: Int
    let length: Int
    let message: String
    let remedy: String
  }

  private struct Replacer {
    let scalars: [Unicode.Scalar]
    let variables: [String: String]
    var position = 0
    var openings = 0
    var problems: [Problem] = []

    init(scalars: [Unicode.Scalar], variables: [String: String]) {
      self.scalars = scalars
      self.variables = variables
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
      position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    /// Reads to the end, or inside a default to the brace that closes it.
    mutating func replaced(depth: Int) -> String {
      var result = String.UnicodeScalarView()
      while let scalar = peek(), !(depth > 0 && scalar == "}") {
        if scalar == "$", peek(1) == "$" {
          if peek(2) == "{" { openings += 1 }
          result.append("$")
          position += 2
        } else if scalar == "$", peek(1) == "{" {
          result.append(contentsOf: variable(depth: depth).unicodeScalars)
        } else {
          result.append(scalar)
          position += 1
        }
        // Stop a text that grows without bound; the length is reported by the caller.
        if result.count > 4 * Interpolation.lengthLimit { break }
      }
      return String(result)
    }

    private mutating func variable(depth: Int) -> String {
      let opening = openings
      let start = position
      openings += 1
      position += 2
      var name = String.UnicodeScalarView()
      while let scalar = peek(), Self.isNamePart(scalar, isFirst: name.isEmpty) {
        name.append(scalar)
        position += 1
      }
      var fallback: String?
      if peek() == ":", peek(1) == "-", depth < Interpolation.nestingLimit {
        position += 2
        fallback = replaced(depth: depth + 1)
      }
      guard peek() == "}", !name.isEmpty else {
        reject(opening: opening, start: start)
        return ""
      }
      position += 1
      return value(of: String(name), fallback: fallback, opening: opening, length: position - start)
    }

    private mutating func value(of name: String, fallback: String?, opening: Int, length: Int) -> String {
      let value = variables[name]
      if let fallback { return value?.isEmpty ?? true ? fallback : value ?? fallback }
      if let value { return value }
      let port = name == "PORT" ? "; each replica gets its port in `$PORT`, without braces" : ""
      problems.append(
        Problem(
          code: .undefinedVariable, opening: opening, length: length, message: "the environment variable `\(name)` is not set",
          remedy: "set it, give a default with ${\(name):-…}, or leave it to the shell with $${\(name)}\(port)"))
      return ""
    }

    private mutating func reject(opening: Int, start: Int) {
      let end = scalars[start...].firstIndex(of: "}")
      let length = min((end ?? scalars.count - 1) - start + 1, 40)
      problems.append(
        Problem(
          code: .invalidInterpolation, opening: opening, length: length,
          message: end == nil ? "`${` has no closing brace" : "this is neither ${NAME} nor ${NAME:-default}",
          remedy: "write ${NAME} or ${NAME:-default}; write $${ for a dollar sign and a brace that the shell gets"))
      position = end.map { $0 + 1 } ?? scalars.count
    }

    private static func isNamePart(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": true
      case "0"..."9": !isFirst
      default: false
      }
    }
  }
}
