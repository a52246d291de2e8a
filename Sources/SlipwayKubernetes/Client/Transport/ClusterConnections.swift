import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import SlipwayModel

/// The connections to one API server: a pool for each kind of call, and new pools when certificate or authority are renewed.
actor ClusterConnections {
  private struct Key: Hashable {
    let lane: ClusterRequest.Lane
    let trust: Trust
  }

  /// What a TLS connection is made with.
  private struct Trust: Hashable {
    let authority: [UInt8]?
    let identity: ClientIdentity<[UInt8]>?
  }

  /// Scheme, host, port and path of the server, without a slash at the end; the host is the name that the certificate has to have.
  nonisolated let url: String
  /// `Host`, when it is another name.
  nonisolated let hostField: String?
  private let access: ClusterAccess
  private let host: String
  private let proxy: HTTPClient.Configuration.Proxy?
  private var clients: [Key: HTTPClient] = [:]
  private var retired: [HTTPClient] = []
  private var trust: Trust?
  private var isClosed = false

  init(_ access: ClusterAccess, environment: [String: String]) throws(SlipwayError) {
    self.access = access
    guard var components = URLComponents(string: access.server), let scheme = components.scheme?.lowercased(),
      ["https", "http"].contains(scheme), let host = components.host, !host.isEmpty
    else { throw .kubeconfigInvalid("the server in \(access.origin) is no address that begins with https://") }
    let port = components.port
    components.query = nil
    components.fragment = nil
    components.user = nil
    components.password = nil
    // IPv6 addresses stand in brackets in an address, and without them everywhere else.
    self.host = host.trimmingCharacters(in: ["[", "]"])
    hostField = access.serverName == nil ? nil : port.map { "\(host):\($0)" } ?? host
    if let name = access.serverName { components.host = name }
    var text = components.string ?? access.server
    while text.hasSuffix("/") { text.removeLast() }
    url = text
    proxy = try ProxyChoice(scheme: scheme, host: self.host, port: port ?? (scheme == "https" ? 443 : 80))
      .proxy(access.proxy, origin: access.origin, environment: environment)
  }

  /// A client that goes away without having been shut down stops the program.
  deinit { for client in Array(clients.values) + retired { client.shutdown { _ in } } }

  func client(for lane: ClusterRequest.Lane, identity: ClientIdentity<[UInt8]>?) async throws -> HTTPClient {
    guard !isClosed else { throw SlipwayError.clusterUnreachable("the client of \(access.origin) has been closed") }
    let trust = Trust(authority: try authority(), identity: identity)
    if let old = self.trust, old != trust { retire(old) }
    self.trust = trust
    let key = Key(lane: lane, trust: trust)
    if let client = clients[key] { return client }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: try configuration(lane, trust))
    clients[key] = client
    return client
  }

  /// What still runs over the old connections runs on; they are closed with the client.
  private func retire(_ old: Trust) {
    for (key, client) in clients where key.trust == old {
      retired.append(client)
      clients[key] = nil
    }
    // Watches are opened anew every ten minutes: what is older than a few renewals carries nothing any more.
    while retired.count > 12 { retired.removeFirst().shutdown { _ in } }
  }

  func close() async {
    isClosed = true
    let all = Array(clients.values) + retired
    (clients, retired) = ([:], [])
    for client in all {
      // What a connection says while it is closed helps nobody.
      do { try await client.shutdown() } catch { continue }
    }
  }

  private func authority() throws(SlipwayError) -> [UInt8]? {
    guard let authority = access.authority else { return nil }
    return try authority.bytes("the certificate authority", access.origin)
  }

  private func configuration(_ lane: ClusterRequest.Lane, _ trust: Trust) throws(SlipwayError) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if access.skipsVerification { tls.certificateVerification = .none }
    if let authority = trust.authority {
      do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority)) } catch {
        throw .kubeconfigInvalid("the certificate authority in \(access.origin) is no certificate in PEM")
      }
    }
    if let identity = trust.identity {
      do { tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(identity.certificate).map { .certificate($0) } } catch {
        throw .kubeconfigInvalid("the client certificate in \(access.origin) is no certificate in PEM")
      }
      do { tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: identity.key, format: .pem)) } catch {
        throw .kubeconfigInvalid("the client key in \(access.origin) is no key in PEM")
      }
    }
    // A redirect would take the credentials to who knows where.
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.idleTimeout = .seconds(60)
    switch lane {
    case .ordinary: configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
    case .urgent: configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
    case .watch: configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1000
    }
    configuration.timeout.connect = .seconds(3)
    configuration.proxy = proxy
    if let name = access.serverName { configuration.dnsOverride = [name: host] }
    return configuration
  }
}

extension Material {
  /// - Throws: `cluster-credentials`, naming the file.
  func bytes(_ words: String, _ origin: String) throws(SlipwayError) -> [UInt8] {
    switch self {
    case .inline(let bytes): return bytes
    case .file(let path):
      do { return Array(try Data(contentsOf: URL(filePath: path))) } catch {
        throw .clusterCredentials("\(words) of \(origin) can't be read: \(path)", remedy: "restore the file, or correct the kubeconfig")
      }
    }
  }
}
