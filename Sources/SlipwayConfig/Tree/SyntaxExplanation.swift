import Yams

/// Says in plain words why a text is not YAML. The parser names what it missed; this finds what the author did.
struct SyntaxExplanation {
  let source: SourceText
  let sink: DiagnosticSink

  private struct Finding {
    let place: Place
    let message: String
    let remedy: String
  }

  func report(_ error: YamlError) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      explain(problem, at: mark, context: context)
    default:
      add(Finding(place: .start, message: "the file is not valid YAML", remedy: "check the file's syntax"))
    }
  }

  private func add(_ finding: Finding, code: DiagnosticCode = .yamlSyntax) {
    sink.error(code, at: finding.place, finding.message, remedy: finding.remedy)
  }

  private func explain(_ problem: String, at mark: Mark, context: YamlError.Context?) {
    let place = source.clamped(line: mark.line, column: mark.column)
    let opening = context.map { source.clamped(line: $0.mark.line, column: $0.mark.column) }
    switch problem {
    case _ where problem.hasPrefix("Maximum nesting level"):
      add(
        Finding(place: place, message: "mappings and lists are nested too deeply here", remedy: "check the brackets and the indentation"),
        code: .yamlTooComplex)
    case "but found another document":
      add(
        Finding(
          place: place, message: "a second YAML document begins here; a project is described by one",
          remedy: "remove the line `---` and what follows it"),
        code: .yamlUnsupported)
    default:
      // Where the author's mistake is known, it counts more than where the parser noticed it.
      let finding =
        direct(problem, at: place, opening: opening) ?? tab(before: place) ?? missingSpace(near: place, opening: opening)
        ?? structural(problem, at: place, opening: opening)
      add(finding)
    }
  }

  /// Problems whose name already says what the author did.
  private func direct(_ problem: String, at place: Place, opening: Place?) -> Finding? {
    switch problem {
    case "found unexpected end of stream", "found unexpected document indicator":
      return Finding(
        place: opening ?? place, message: "the quote that opens here is never closed", remedy: "close the text with the same kind of quote")
    case "found unknown escape character", "did not find expected hexdecimal number", "found invalid Unicode character escape code":
      return Finding(
        place: place, message: "a backslash in double quotes begins an escape, and this is none that YAML knows",
        remedy: #"write \\ for a backslash, or put the text in single quotes"#)
    case "found undefined alias":
      return Finding(
        place: place, message: "the alias names an anchor that is not defined before it",
        remedy: "define it further up with &name, or quote the value if it is meant to begin with *")
    case "did not find expected alphabetic or numeric character":
      return Finding(
        place: opening ?? place, message: "a value that begins with * or & is an alias or an anchor in YAML",
        remedy: #"quote the value, for example "*""#)
    case "did not find expected comment or line break" where character(at: opening ?? place) == ">":
      return unquoted(">", at: opening ?? place)
    case "did not find expected node content" where character(at: place) == ":":
      return unquoted(":", at: place)
    case "found character that cannot start any token":
      return unquotable(at: place)
    case "could not find expected directive name", "found unknown directive name", "found unexpected non-alphabetical character":
      return Finding(
        place: opening ?? place, message: "a line that begins with % is a directive in YAML", remedy: #"quote the text, for example "%d""#)
    default: return nil
    }
  }

  private func unquoted(_ character: String, at place: Place) -> Finding {
    let offset = source.offset(line: place.line, column: place.column)
    let rest = source.scalars[offset..<offset + source.restOfLine(at: offset)]
    let value = String(rest.prefix { $0 != "," && $0 != "}" && $0 != "]" && $0 != "#" }).trimmed
    return Finding(
      place: source.place(at: offset, length: value.unicodeScalars.count),
      message: "a value that begins with \(character) has a meaning of its own in YAML", remedy: "put it in quotes: \"\(value)\"")
  }

  private func unquotable(at place: Place) -> Finding? {
    guard let character = character(at: place) else { return nil }
    if character == "\t" { return tabFinding(at: place) }
    return unquoted(String(character), at: place)
  }

  private func character(at place: Place) -> Unicode.Scalar? {
    let line = source.line(place.line)
    let index = line.startIndex + place.column - 1
    return index < line.endIndex ? line[index] : nil
  }

  /// A tab in the indentation of this line or the one before.
  private func tab(before place: Place) -> Finding? {
    for number in [place.line, place.line - 1] where number >= 1 {
      let line = source.line(number)
      let indentation = line.prefix { $0 == " " || $0 == "\t" }
      if let index = indentation.firstIndex(of: "\t"), indentation.count < line.count {
        return tabFinding(at: Place(line: number, column: index - line.startIndex + 1))
      }
    }
    return nil
  }

  private func tabFinding(at place: Place) -> Finding {
    Finding(place: place, message: "a tab is used for indentation, which YAML forbids", remedy: "indent with spaces, two for each level")
  }

  /// `key:value`, on the line of the problem, of its context or the last line with text before it.
  private func missingSpace(near place: Place, opening: Place?) -> Finding? {
    var candidates = [place.line]
    if let opening { candidates.append(opening.line) }
    let before = (1..<max(place.line, 1)).last { source.lineText($0).contains { !$0.isWhitespace } }
    if let before { candidates.append(before) }
    for number in candidates {
      let line = Array(source.line(number))
      var index = line.firstIndex { $0 != " " && $0 != "-" && $0 != "{" } ?? line.count
      let start = index
      while index < line.count, line[index].properties.isAlphabetic || line[index] == "_" || ("0"..."9").contains(line[index]) {
        index += 1
      }
      guard index > start, index + 1 < line.count, line[index] == ":", line[index + 1] != " ", line[index + 1] != "/" else { continue }
      let key = String(line[start..<index])
      return Finding(
        place: Place(line: number, column: index + 1), message: "the colon after `\(key)` has no space behind it, so this is not a key",
        remedy: "write `\(key): \(String(line[(index + 1)...]).trimmed)`")
    }
    return nil
  }

  /// What is left: brackets, colons and indentation.
  private func structural(_ problem: String, at place: Place, opening: Place?) -> Finding {
    switch problem {
    case "did not find expected ',' or '}'", "did not find expected ',' or ']'":
      return bracket(closing: problem.hasSuffix("'}'") ? "}" : "]", at: place, opening: opening)
    case "mapping values are not allowed in this context":
      return Finding(
        place: place, message: "a second colon on a line, or a key that is indented more than the ones above it",
        remedy: "put a value that holds `: ` in quotes; give keys of one mapping the same indentation")
    case "could not find expected ':'":
      return Finding(
        place: opening ?? place, message: "this is not a `key: value`", remedy: "write a colon and a space after the key")
    case "did not find expected key", "did not find expected <document start>", "did not find expected '-' indicator",
      "block sequence entries are not allowed in this context":
      return Finding(
        place: place, message: "this does not fit the mapping or list that it stands in",
        remedy: "give keys (or dashes) that belong together the same indentation; put a value in quotes as a whole or not at all")
    default:
      return Finding(
        place: place, message: "this is not valid YAML: \(problem)", remedy: "check the indentation, quotes and brackets around here")
    }
  }

  private func bracket(closing: String, at place: Place, opening: Place?) -> Finding {
    let open = opening ?? place
    let line = source.line(open.line)
    let variable = line.indices.dropLast().first { line[$0] == "$" && line[$0 + 1] == "{" }
    if let variable {
      let column = variable - line.startIndex + 1
      return Finding(
        place: Place(line: open.line, column: column, length: 2), message: "a variable inside { } or [ ] has to be quoted",
        remedy: #"write "${NAME}", or put each key on a line of its own"#)
    }
    return Finding(
      place: open, message: "the \(closing == "}" ? "{" : "[") that opens here is not closed, or a comma is missing in it",
      remedy: "close it with \(closing), put commas between its parts, and quote texts that hold brackets")
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    var view = Substring(self)
    while let first = view.first, first.isWhitespace { view.removeFirst() }
    while let last = view.last, last.isWhitespace { view.removeLast() }
    return String(view)
  }
}
