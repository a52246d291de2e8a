import SlipwayModel

/// The name of an image, `name[:tag][@digest]`, by the grammar of the distribution project (github.com/distribution/reference), with
/// the parts that people leave out filled in: `nginx` is `docker.io/library/nginx`.
package struct ImageReference: Hashable, Sendable, CustomStringConvertible {
  /// Host and port, as in `ghcr.io`, `localhost:5000`, `[::1]:5000`.
  package let registry: String
  /// The path within the registry, without a slash at either end.
  package let repository: String
  package let tag: String?
  /// When there is one, the tag is only a remark: pods run the digest.
  package let digest: Digest?

  /// The registry of names that begin with none.
  static let defaultRegistry = "docker.io"

  /// - Throws: `SlipwayError` with code `image-reference`, saying which part is wrong.
  package init(_ text: String) throws(SlipwayError) {
    var rest = text[...]
    var digest: Digest?
    if let at = rest.firstIndex(of: "@") {
      digest = try Self.digest(rest[rest.index(after: at)...], of: text)
      rest = rest[..<at]
    }
    var tag: String?
    let path = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
    if let colon = rest[path...].firstIndex(of: ":") {
      tag = try Self.tag(rest[rest.index(after: colon)...], of: text)
      rest = rest[..<colon]
    }
    // Digits alone would be taken for the identifier of a local image.
    if rest.utf8.count == 64, rest.utf8.allSatisfy({ Self.isDigit($0) || (97...102).contains($0) }) {
      throw .imageReference(text, "is a digest without a name", remedy: "write the image's name, `@sha256:`, and the digest")
    }
    (registry, repository) = try Self.split(rest, of: text)
    self.tag = tag
    self.digest = digest
  }

  /// The image of a version of a service: its `image`, with the version as the tag.
  ///
  /// - Parameter image: as in the file. One that names a tag or a digest itself is refused, since it would be the same in every version.
  /// - Throws: `SlipwayError` with code `image-reference`.
  package init(_ image: String, version: Version) throws(SlipwayError) {
    let name = try ImageReference(image)
    guard name.tag == nil, name.digest == nil else {
      throw .imageReference(
        image, "has a tag or a digest already", remedy: "leave it out under `image`: the version of a release is the tag")
    }
    try self.init("\(name):\(version)")
  }

  private init(registry: String, repository: String, tag: String?, digest: Digest?) {
    (self.registry, self.repository, self.tag, self.digest) = (registry, repository, tag, digest)
  }

  /// The same image by the digest alone, which never stands for another.
  package func pinned(to digest: Digest) -> ImageReference {
    ImageReference(registry: registry, repository: repository, tag: nil, digest: digest)
  }

  /// All parts in full; what a container runtime understands.
  package var description: String {
    "\(registry)/\(repository)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }

  /// What the registry is asked for: the digest, or else the tag, or else `latest`.
  var asked: String { digest?.description ?? tag ?? "latest" }

  // MARK: Parts

  /// The part before the first slash is a registry when it can't be the beginning of a path: it has a dot, a colon or a capital letter,
  /// or is `localhost`.
  private static func split(_ name: Substring, of text: String) throws(SlipwayError) -> (registry: String, repository: String) {
    var registry = defaultRegistry
    var path = name
    if let slash = name.firstIndex(of: "/") {
      let first = name[..<slash]
      if first == "localhost" || first.contains(where: { $0 == "." || $0 == ":" || $0.isUppercase }) || first.hasPrefix("[") {
        try checkHost(first, of: text)
        registry = first == "index.docker.io" ? defaultRegistry : String(first)
        path = name[name.index(after: slash)...]
      }
    }
    try checkPath(path, of: text)
    let isOfficial = registry == defaultRegistry && !path.contains("/")
    return (registry, isOfficial ? "library/\(path)" : String(path))
  }

  private static func checkHost(_ host: Substring, of text: String) throws(SlipwayError) {
    let isValid: Bool
    if host.hasPrefix("[") {
      let parts = host.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
      let isAddress = parts[0].contains(":") && parts[0].utf8.allSatisfy { isHexadecimal($0) || $0 == UInt8(ascii: ":") }
      isValid = parts.count == 2 && isAddress && (parts[1].isEmpty || parts[1].hasPrefix(":") && isPort(parts[1].dropFirst()))
    } else {
      let parts = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let names = parts[0].split(separator: ".", omittingEmptySubsequences: false)
      let areNames = names.allSatisfy { name in
        !name.isEmpty && name.first != "-" && name.last != "-" && name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2D }
      }
      isValid = areNames && (parts.count == 1 || isPort(parts[1]))
    }
    guard isValid else {
      throw .imageReference(text, "begins with '\(host)', which is no registry", remedy: "write it as a host, or as host:port")
    }
  }

  private static func checkPath(_ path: Substring, of text: String) throws(SlipwayError) {
    let words = "has the name '\(path)'"
    guard !path.contains(where: \.isUppercase) else {
      throw .imageReference(text, "\(words), and names have no capital letters", remedy: "write it in small letters")
    }
    guard path.utf8.count <= 255 else {
      throw .imageReference(text, "has a name of \(path.utf8.count) characters, and 255 are allowed", remedy: "shorten it")
    }
    guard path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isComponent) else {
      throw .imageReference(
        text, path.isEmpty ? "has no name" : "\(words), which is none",
        remedy: "between slashes write letters and digits, in groups joined by one dot, one or two underscores, or hyphens")
    }
  }

  /// Groups of small letters and digits, joined by `.`, `_`, `__` or any number of hyphens.
  private static func isComponent(_ component: Substring) -> Bool {
    func isAlphanumeric(_ unit: UInt8) -> Bool { (97...122).contains(unit) || isDigit(unit) }
    guard let first = component.utf8.first, let last = component.utf8.last, isAlphanumeric(first), isAlphanumeric(last) else {
      return false
    }
    let separators = component.utf8.split(whereSeparator: isAlphanumeric).compactMap { String($0) }
    return separators.allSatisfy { $0 == "." || $0 == "_" || $0 == "__" || $0.allSatisfy { $0 == "-" } }
  }

  private static func tag(_ tag: Substring, of text: String) throws(SlipwayError) -> String {
    func isWord(_ unit: UInt8) -> Bool { isLetter(unit) || isDigit(unit) || unit == UInt8(ascii: "_") }
    let isValid = tag.utf8.first.map(isWord) == true && tag.utf8.allSatisfy { isWord($0) || $0 == 0x2D || $0 == 0x2E }
    guard isValid, tag.utf8.count <= 128 else {
      throw .imageReference(
        text, "has the tag '\(tag.prefix(140))', which no registry takes",
        remedy: "a tag has up to 128 letters, digits, underscores, dots and hyphens, and begins with none of the last two")
    }
    return String(tag)
  }

  private static func digest(_ digest: Substring, of text: String) throws(SlipwayError) -> Digest {
    guard digest.hasPrefix("sha256:") else {
      throw .imageReference(text, "has the digest '\(digest)', which is no SHA-256", remedy: "name the digest that begins with sha256:")
    }
    guard let value = Digest(String(digest)) else {
      throw .imageReference(text, "has a digest that is none", remedy: "after sha256: write 64 digits of 0-9 and a-f")
    }
    return value
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.utf8.allSatisfy(isDigit) && Int(text).map { (1...65_535).contains($0) } ?? false
  }

  private static func isDigit(_ unit: UInt8) -> Bool { (48...57).contains(unit) }
  private static func isLetter(_ unit: UInt8) -> Bool { (65...90).contains(unit) || (97...122).contains(unit) }
  private static func isHexadecimal(_ unit: UInt8) -> Bool { isDigit(unit) || (65...70).contains(unit) || (97...102).contains(unit) }
}
