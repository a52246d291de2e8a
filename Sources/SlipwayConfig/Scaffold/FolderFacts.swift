import SlipwayModel

/// What `slipway init` has seen in the folder it stands in. Looking is the caller's part.
package struct FolderFacts: Sendable {
  /// Files whose content tells more than their name; whoever looks reads these, up to 64 KiB of each.
  package static let readable = [
    "Cargo.toml", "Dockerfile", "Package.swift", "go.mod", "package.json", "pyproject.toml", "requirements.txt",
  ]

  /// The folder's own name.
  package let name: String
  /// Names of the files directly in it.
  package let files: Set<String>
  /// Names of the folders directly in it.
  package let folders: Set<String>
  /// Those of ``files`` that may be executed.
  package let executables: Set<String>
  /// The content of those ``readable`` files that are there.
  package let contents: [String: String]

  package init(
    name: String, files: Set<String>, folders: Set<String> = [], executables: Set<String> = [], contents: [String: String] = [:]
  ) {
    self.name = name
    self.files = files
    self.folders = folders
    self.executables = executables
    self.contents = contents
  }

  /// The folder's name as a name for the project: lower case, other characters as hyphens; `my-service` when nothing is left.
  var projectName: Name { Self.name(from: name) ?? Self.fallback }

  /// A literal that the initialiser accepts.
  private static let fallback = Name("my-service")!

  static func name(from text: String) -> Name? {
    let mapped = text.lowercased().unicodeScalars.map { scalar -> Character in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
    }
    let words = String(mapped).split(separator: "-", omittingEmptySubsequences: true).joined(separator: "-")
    var label = String(words.prefix(63))
    while label.last == "-" { label.removeLast() }
    return Name(label)
  }

  /// Names that may stand in a shell command without quoting, in alphabetical order.
  func plain(_ names: Set<String>) -> [String] {
    names.filter { name in
      !name.hasPrefix(".") && !name.hasPrefix("-")
        && name.unicodeScalars.allSatisfy {
          ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || "._-".unicodeScalars.contains($0)
        }
    }.sorted()
  }

  /// What stands between `"` or `'` after the first place of a marker in a file: `name = "demo"`, `name: "demo"`.
  func quoted(after marker: String, in file: String) -> String? {
    guard let content = contents[file] else { return nil }
    let scalars = Array(content.unicodeScalars)
    let wanted = Array(marker.unicodeScalars)
    guard scalars.count > wanted.count else { return nil }
    guard let start = scalars.indices.dropLast(wanted.count).first(where: { scalars[$0...].starts(with: wanted) }) else { return nil }
    let rest = scalars[(start + wanted.count)...]
    guard let open = rest.firstIndex(where: { $0 == "\"" || $0 == "'" }),
      rest[..<open].allSatisfy({ " =:(\t".unicodeScalars.contains($0) }),
      let close = rest[(open + 1)...].firstIndex(of: scalars[open])
    else { return nil }
    return String(scalars[(open + 1)..<close])
  }

  /// The words of the first line that begins with a word: `EXPOSE 8000`, `module example.com/demo`.
  func words(ofLineBeginning word: String, in file: String) -> [String] {
    for line in (contents[file] ?? "").split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      if words.first == word { return Array(words.dropFirst()) }
    }
    return []
  }
}
