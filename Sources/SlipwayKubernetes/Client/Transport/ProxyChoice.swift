import AsyncHTTPClient
import Foundation
import SlipwayModel

/// Which proxy leads to a server, by the rules that kubectl has (Go, golang.org/x/net/http/httpproxy).
struct ProxyChoice: Sendable {
  let scheme: String
  /// Without brackets.
  let host: String
  let port: Int

  /// - Parameter named: `proxy-url` of the kubeconfig; it counts alone. Otherwise `HTTPS_PROXY`, or `HTTP_PROXY` for a server without
  ///   TLS, unless `NO_PROXY` excepts the host.
  /// - Throws: `kubeconfig-invalid`.
  func proxy(
    _ named: String?, origin: String, environment: [String: String]
  ) throws(SlipwayError) -> HTTPClient.Configuration.Proxy? {
    if let named, !named.isEmpty { return try parsed(named, "`proxy-url` in \(origin)") }
    let name = scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY"
    func value(_ name: String) -> String? { [name, name.lowercased()].compactMap { environment[$0] }.first { !$0.isEmpty } }
    guard let address = value(name), !isExcepted(by: value("NO_PROXY") ?? "") else { return nil }
    return try parsed(address.contains("://") ? address : "http://" + address, "the variable \(name)")
  }

  private func parsed(_ address: String, _ place: String) throws(SlipwayError) -> HTTPClient.Configuration.Proxy {
    guard let components = URLComponents(string: address), let scheme = components.scheme?.lowercased(), let host = components.host,
      !host.isEmpty
    else { throw .kubeconfigInvalid("\(place) is no address of a proxy") }
    switch scheme {
    case "http":
      let authorization = components.user.map { user in
        HTTPClient.Authorization.basic(username: user, password: components.password ?? "")
      }
      return .server(host: host, port: components.port ?? 80, authorization: authorization)
    case "socks5" where components.user == nil, "socks5h" where components.user == nil:
      return .socksServer(host: host, port: components.port ?? 1080)
    default:
      throw .kubeconfigInvalid(
        "\(place) names a proxy of a kind that Slipway does not speak: \(scheme)", remedy: "use a proxy with http:// or socks5://")
    }
  }

  /// - Parameter list: hosts, domains, addresses and networks, separated by commas; `*` excepts all.
  func isExcepted(by list: String) -> Bool {
    let address = Self.address(host)
    if host == "localhost" || address.map({ $0.count == 4 && $0[0] == 127 || $0 == Self.address("::1") }) == true { return true }
    return list.split(separator: ",").contains { entry in
      matches(entry.trimmingCharacters(in: .whitespaces).lowercased(), address)
    }
  }

  private func matches(_ entry: String, _ address: [UInt8]?) -> Bool {
    if entry == "*" { return true }
    if let slash = entry.lastIndex(of: "/") {
      guard let address, let network = Self.address(String(entry[..<slash])), network.count == address.count,
        let bits = Int(entry[entry.index(after: slash)...]), (0...network.count * 8).contains(bits)
      else { return false }
      return Self.agree(address, network, bits)
    }
    var name = entry
    if Self.address(entry) == nil, let colon = entry.lastIndex(of: ":") {
      guard Int(entry[entry.index(after: colon)...]) == port else { return false }
      name = String(entry[..<colon]).trimmingCharacters(in: ["[", "]"])
    }
    if let other = Self.address(name) { return other == address }
    if name.isEmpty { return false }
    if name.hasPrefix("*.") { name.removeFirst() }
    // A domain that begins with a dot does not mean itself.
    let isDomain = name.hasPrefix(".")
    return host.lowercased() == name && !isDomain || host.lowercased().hasSuffix(isDomain ? name : "." + name)
  }

  private static func agree(_ a: [UInt8], _ b: [UInt8], _ bits: Int) -> Bool {
    zip(a, b).enumerated().allSatisfy { index, pair in
      let rest = min(8, max(0, bits - index * 8))
      let mask = rest == 0 ? 0 : UInt8(truncatingIfNeeded: 0xFF << (8 - rest))
      return pair.0 & mask == pair.1 & mask
    }
  }

  /// The bytes of an IP address; `nil` for a name.
  private static func address(_ text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
    var six = in6_addr()
    if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
    return nil
  }
}
