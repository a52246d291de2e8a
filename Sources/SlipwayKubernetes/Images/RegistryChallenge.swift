/// One way in which a server lets itself be told who asks: an entry of `WWW-Authenticate` (RFC 9110, section 11.6.1).
struct RegistryChallenge: Hashable, Sendable {
  /// In small letters.
  let scheme: String
  /// Names in small letters.
  let parameters: [String: String]

  /// The entries of all such header fields, in their order. What follows no grammar is left out.
  static func all(in fields: [String]) -> [RegistryChallenge] {
    fields.flatMap { field -> [RegistryChallenge] in
      var reader = Reader(rest: field[...])
      return reader.challenges()
    }
  }

  private struct Reader {
    var rest: Substring

    mutating func challenges() -> [RegistryChallenge] {
      var found: [RegistryChallenge] = []
      var scheme: String?
      var parameters: [String: String] = [:]
      func finished() -> [RegistryChallenge] { scheme.map { [RegistryChallenge(scheme: $0, parameters: parameters)] } ?? [] }
      while true {
        skip { $0 == " " || $0 == "\t" || $0 == "," }
        let word = take { !" \t,=\"".contains($0) }
        guard !word.isEmpty else { return found + finished() }
        skip { $0 == " " || $0 == "\t" }
        // A word without a value begins the next entry.
        guard rest.first == "=" else {
          found += finished()
          (scheme, parameters) = (word.lowercased(), [:])
          continue
        }
        rest.removeFirst()
        skip { $0 == " " || $0 == "\t" }
        parameters[word.lowercased()] = rest.first == "\"" ? quoted() : take { !" \t,".contains($0) }
      }
    }

    private mutating func skip(_ isSo: (Character) -> Bool) { rest = rest.drop(while: isSo) }

    private mutating func take(_ isSo: (Character) -> Bool) -> String {
      let taken = rest.prefix(while: isSo)
      rest = rest[taken.endIndex...]
      return String(taken)
    }

    private mutating func quoted() -> String {
      var text = ""
      rest.removeFirst()
      while let next = rest.popFirst(), next != "\"" {
        if next == "\\", let escaped = rest.popFirst() { text.append(escaped) } else { text.append(next) }
      }
      return text
    }
  }
}
