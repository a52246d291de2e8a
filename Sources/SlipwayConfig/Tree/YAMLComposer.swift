import Yams

/// Runs the YAML parser over a text, several times when keys are given twice.
///
/// Yams refuses a mapping that has a key twice and names one of the two places. To learn the other, and to find the
/// mistakes in the rest of the file as well, the first of the two keys is overwritten with private-use characters of
/// the same number, which shifts nothing, and the text is parsed again. ``TreeBuilder`` restores the names by place.
struct YAMLComposer {
  /// So often a text is parsed again because of a key that is given twice; less often when it is long.
  private var rounds: Int { min(32, 2_000_000 / max(source.scalars.count, 1)) }

  let source: SourceText
  let sink: DiagnosticSink

  struct Result {
    /// `nil` for a file without a document.
    let root: Yams.Node?
    /// The names of keys that were overwritten, by offset in the source.
    let overwritten: [Int: String]
  }

  /// `nil` after reporting a syntax error.
  func compose() -> Result? {
    guard refuseAliasesInKeys() else { return nil }
    var scalars = source.scalars
    var overwritten: [Int: String] = [:]
    for round in 0...rounds {
      do {
        // The basic resolver leaves every scalar a string: types come from our own key tables, not from the text's looks.
        let parser = try Parser(yaml: String(scalars), resolver: .basic, encoding: .utf8)
        return Result(root: try parser.singleRoot(), overwritten: overwritten)
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        let start = source.scalarStart(line: context.mark.line, column: context.mark.column)
        let name = names.first ?? ""
        guard round < rounds, overwritten[start] == nil, let key = source.keyRange(at: start, name: name) else {
          sink.error(
            .duplicateKey, at: source.place(at: start, length: max(1, name.unicodeScalars.count)),
            "`\(name)` is given more than once in this mapping", remedy: "keep one of them")
          return nil
        }
        overwritten[start] = name
        for index in key { scalars[index] = Unicode.Scalar(0xE000 + UInt32(round)) ?? "\u{E000}" }
      } catch let error as YamlError {
        SyntaxExplanation(source: source, sink: sink).report(error)
        return nil
      } catch {
        sink.error(.yamlSyntax, at: .start, "the file can't be parsed as YAML: \(error)", remedy: "check the file's syntax")
        return nil
      }
    }
    return nil
  }

  /// Yams compares keys by value. A key that is itself a collection of aliases can make that comparison take for ever,
  /// so a file with both many aliases and such keys is refused before it is parsed.
  private func refuseAliasesInKeys() -> Bool {
    let aliasLimit = 12
    var aliases = 0
    var suspicious: Int?
    let scalars = source.scalars
    for (offset, scalar) in scalars.enumerated() {
      let previous = offset > 0 ? scalars[offset - 1] : "\n"
      let next = offset + 1 < scalars.count ? scalars[offset + 1] : "\n"
      switch scalar {
      case "*" where Self.opensToken(after: previous) && !Self.isBlank(next): aliases += 1
      case "?" where Self.opensToken(after: previous) && Self.isBlank(next): suspicious = suspicious ?? offset
      case ":" where followsCollectionOrAlias(offset): suspicious = suspicious ?? offset
      default: break
      }
    }
    guard let suspicious, aliases > aliasLimit else { return true }
    sink.error(
      .yamlTooComplex, at: source.place(at: suspicious), "a key is a collection or an alias, in a file with \(aliases) aliases",
      remedy: "write keys as plain words; Slipway's keys always are")
    return false
  }

  private func followsCollectionOrAlias(_ colon: Int) -> Bool {
    var index = colon - 1
    while index >= 0, source.scalars[index] == " " || source.scalars[index] == "\t" { index -= 1 }
    guard index >= 0 else { return false }
    if source.scalars[index] == "]" || source.scalars[index] == "}" { return true }
    let first = index
    while index >= 0, !Self.isBlank(source.scalars[index]), !"*:,[{".unicodeScalars.contains(source.scalars[index]), first - index < 64 {
      index -= 1
    }
    return index >= 0 && source.scalars[index] == "*"
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || SourceText.isLineBreak(scalar)
  }

  private static func opensToken(after scalar: Unicode.Scalar) -> Bool {
    isBlank(scalar) || ["[", "{", ",", ":"].contains(scalar)
  }
}
