import Foundation
import Glibc
import SlipwayModel

/// The tokens that open the API over TCP. A token is `NAME.SECRET`: the name is who acts in the journal, the secret at least 32
/// characters. Only their SHA-256 digests are kept in memory.
package struct AccessTokens: Sendable {
  private let digests: [(name: String, digest: [UInt8])]

  /// - Parameter texts: lines; those that are no token are left out.
  package init(texts: [String]) {
    digests = texts.compactMap { text in
      let parts = text.split(separator: ".", maxSplits: 1)
      guard parts.count == 2, let name = Name(String(parts[0])), parts[1].utf8.count >= 32 else { return nil }
      return (name.description, Self.digest(text))
    }
  }

  package var isEmpty: Bool { digests.isEmpty }

  /// Whose token it is. Takes the same time whichever byte differs, and whether or not a token fits.
  package func name(of token: String) -> String? {
    let given = Self.digest(token)
    var found: String?
    for (name, digest) in digests {
      let difference = zip(digest, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
      if difference == 0 { found = name }
    }
    return found
  }

  private static func digest(_ text: String) -> [UInt8] { Array(Digest(hashing: text.utf8).hexadecimal.utf8) }
}

extension AccessTokens {
  /// Reads the state folder's file `token` (one token a line) and makes it, with a token named `operator`, when it is missing.
  ///
  /// - Parameter extra: a token that counts as well, such as that of `SLIPWAY_TOKEN`.
  /// - Throws: `SlipwayError` with code `token-unusable` when the file can't be read or made, or is open to other users.
  package static func load(stateFolder: String, extra: String? = nil) throws -> AccessTokens {
    let path = stateFolder + "/token"
    let text: String
    do {
      text = try TokenFile.read(path) ?? TokenFile.make(path)
    } catch {
      throw SlipwayError(
        .tokenUnusable, .broken, "the token file \(path) can't be used: \(error)",
        remedy: "make it a file of mode 0600 that belongs to the user who runs `slipway serve`, or remove it to get a new one")
    }
    return AccessTokens(texts: text.split(separator: "\n").map(String.init) + [extra].compactMap { $0 })
  }
}

/// The file that tokens are kept in.
private enum TokenFile {
  struct Problem: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = text }
    static var system: Problem { Problem(String(cString: strerror(errno))) }
  }

  static func read(_ path: String) throws -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw Problem.system
    }
    defer { Glibc.close(file) }
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0o777
    guard mode & 0o077 == 0 else { throw Problem("other users may read or write it") }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(file, &bytes, bytes.count)
    guard count >= 0 else { throw Problem.system }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  static func make(_ path: String) throws -> String {
    let secret = (0..<32).map { _ in UInt8.random(in: 0...255) }
    let digits = secret.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let text = "operator.\(digits)\n"
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Problem.system }
    defer { Glibc.close(file) }
    guard write(file, text, text.utf8.count) == text.utf8.count, fsync(file) == 0 else { throw Problem.system }
    return text
  }
}

extension SlipwayError.Code {
  package static let tokenUnusable = SlipwayError.Code("token-unusable")
  package static let unauthorized = SlipwayError.Code("unauthorized")
}
