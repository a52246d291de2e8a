import Foundation
import SlipwayModel

/// Scheme, host and port that something is asked at. Credentials go to one origin and not to another.
struct RegistryOrigin: Hashable, Sendable, CustomStringConvertible {
  let scheme: String
  /// Without brackets.
  let host: String
  let port: Int

  private init(scheme: String, host: String, port: Int) { (self.scheme, self.host, self.port) = (scheme, host, port) }

  /// Where the registry of an image answers: over HTTPS, or over HTTP when it is on this machine and no certificate of it is known.
  ///
  /// - Parameter hasCertificates: whether a folder of trusted certificates has its name.
  init(of registry: String, hasCertificates: Bool) {
    // The one registry whose name is not its address.
    let name = registry == ImageReference.defaultRegistry ? "registry-1.docker.io" : registry
    let colon = name.lastIndex(of: ":").flatMap { name.hasSuffix("]") ? nil : $0 }
    let host = (colon.map { String(name[..<$0]) } ?? name).trimmingCharacters(in: ["[", "]"])
    let port = colon.flatMap { Int(name[name.index(after: $0)...]) }
    let isPlain = Self.isLoopback(host) && !hasCertificates
    self.init(scheme: isPlain ? "http" : "https", host: host, port: port ?? (isPlain ? 80 : 443))
  }

  /// The origin of an address; `nil` when it is none of HTTP.
  init?(of url: URL) {
    guard let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme), let host = url.host(percentEncoded: false),
      !host.isEmpty
    else { return nil }
    self.init(
      scheme: scheme, host: host.lowercased().trimmingCharacters(in: ["[", "]"]), port: url.port ?? (scheme == "https" ? 443 : 80))
  }

  static func isLoopback(_ host: String) -> Bool { ProxyChoice(scheme: "http", host: host, port: 80).isExcepted(by: "") }

  var isLoopback: Bool { Self.isLoopback(host) }

  /// Whether what stands in a request can be read by nobody in between.
  var isPrivate: Bool { scheme == "https" || isLoopback }

  var description: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(name)" + (port == (scheme == "https" ? 443 : 80) ? "" : ":\(port)")
  }
}
