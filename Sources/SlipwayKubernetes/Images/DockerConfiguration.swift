import Foundation
import SlipwayModel

/// What proves to a registry who asks.
enum RegistryCredential: Hashable, Sendable {
  case basic(username: String, password: String)
  /// Only for the server that gives out tokens (OAuth 2, RFC 6749, section 6).
  case identityToken(String)
  /// Sent to the registry as it is.
  case bearer(String)
}

/// Where `docker login` keeps what it was told: `config.json` in the folder of `DOCKER_CONFIG`, or else in `~/.docker`.
struct DockerConfiguration: Sendable {
  /// Where the credentials of a registry are to be had.
  enum Place: Hashable, Sendable {
    case here(RegistryCredential)
    /// The program `docker-credential-<name>` knows them by this address.
    case helper(String, server: String)
  }

  private let json: JSONValue

  init(_ json: JSONValue) { self.json = json }

  static let none = DockerConfiguration(.null)

  /// - Throws: `SlipwayError` with code `registry-unauthorized` when there is a file that can't be read.
  static func read(_ environment: [String: String]) throws(SlipwayError) -> DockerConfiguration {
    guard let folder = environment["DOCKER_CONFIG"].flatMap({ $0.isEmpty ? nil : $0 }) ?? environment["HOME"].map({ "\($0)/.docker" })
    else {
      return .none
    }
    let path = "\(folder)/config.json"
    guard FileManager.default.fileExists(atPath: path) else { return .none }
    do { return DockerConfiguration(try JSONReader.value(of: try Data(contentsOf: URL(filePath: path)))) } catch {
      let words = error is JSONReader.Mistake ? "is no JSON" : "can't be read"
      throw .registryUnauthorized(
        "the file with the credentials of registries \(words): \(path)", remedy: "correct it, or run `docker login` again")
    }
  }

  /// Where to look for the credentials of an image, in the order in which the places count.
  func places(for reference: ImageReference) -> [Place] {
    let names = Self.names(of: reference.registry)
    var places: [Place] = []
    if let helper = names.lazy.compactMap({ self.json[path: ["credHelpers", $0]]?.text }).first {
      places.append(.helper(helper, server: names[0]))
    } else if let helper = json["credsStore"]?.text, !helper.isEmpty {
      places.append(.helper(helper, server: names[0]))
    }
    let matches = (json["auths"]?.members ?? [:]).compactMap { key, value -> (length: Int, credential: RegistryCredential)? in
      guard let length = Self.length(of: key, matching: reference, names), let credential = Self.credential(in: value) else { return nil }
      return (length, credential)
    }
    // The key that says most: `ghcr.io/acme` before `ghcr.io`.
    if let best = matches.max(by: { $0.length < $1.length }) { places.append(.here(best.credential)) }
    return places
  }

  /// What a registry is called in the file; the first is what `docker login` writes.
  private static func names(of registry: String) -> [String] {
    registry == ImageReference.defaultRegistry
      ? ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"] : [registry]
  }

  /// How much of an image's name a key stands for; `nil` when it is another's.
  private static func length(of key: String, matching reference: ImageReference, _ names: [String]) -> Int? {
    if names.contains(key) { return 0 }
    var rest = key[...]
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    let parts = rest.split(separator: "/", maxSplits: 1).map(String.init)
    guard let host = parts.first, names.contains(host) else { return nil }
    guard parts.count > 1 else { return 0 }
    let path = parts[1].hasSuffix("/") ? String(parts[1].dropLast()) : parts[1]
    // Addresses of the API, as old versions wrote them.
    if ["v1", "v2"].contains(path) { return 0 }
    return reference.repository == path || reference.repository.hasPrefix(path + "/") ? path.count : nil
  }

  private static func credential(in entry: JSONValue) -> RegistryCredential? {
    func text(_ key: String) -> String? { entry[key]?.text.flatMap { $0.isEmpty ? nil : $0 } }
    if let token = text("identitytoken") { return .identityToken(token) }
    if let token = text("registrytoken") { return .bearer(token) }
    if let pair = text("auth").flatMap({ Data(base64Encoded: $0) }).map({ String(decoding: $0, as: UTF8.self) }),
      let colon = pair.firstIndex(of: ":")
    {
      // Docker for Windows has ended passwords with a zero.
      let password = pair[pair.index(after: colon)...].trimmingCharacters(in: ["\0"])
      return .basic(username: String(pair[..<colon]), password: password)
    }
    if let username = text("username"), let password = text("password") { return .basic(username: username, password: password) }
    return nil
  }
}
