import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import SlipwayModel

/// The HTTP clients in use: one for each set of certificates that is trusted.
package actor WebConnections {
  private struct Trust: Hashable {
    /// The file's content; `nil`: the system's certificates.
    let certificates: [UInt8]?
    /// The name that is looked for, and the host that it stands for.
    let name: String?
    let host: String?
  }

  private var clients: [Trust: HTTPClient] = [:]
  private var isClosed = false

  package init() {}

  func client(for access: MetricAccess, url: String, folder: String?) throws(ReachError) -> HTTPClient {
    guard !isClosed else { throw ReachError(.unreachable, "the server is stopping") }
    var certificates: [UInt8]?
    if let file = access.certificates {
      do { certificates = Array(try Data(contentsOf: URL(filePath: Self.path(file, in: folder)))) } catch {
        throw ReachError(.secret, "the certificates in \(file) can't be read")
      }
    }
    let host = access.serverName == nil ? nil : URL(string: url)?.host()
    let trust = Trust(certificates: certificates, name: access.serverName, host: host)
    if let client = clients[trust] { return client }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: try Self.configuration(trust))
    clients[trust] = client
    return client
  }

  /// A client that goes away without having been shut down stops the program.
  deinit { for client in clients.values { client.shutdown { _ in } } }

  /// Ends all connections; after that there are none any more.
  package func close() async {
    isClosed = true
    let all = clients.values
    clients = [:]
    for client in all {
      // What a connection says while it is closed helps nobody.
      do { try await client.shutdown() } catch { continue }
    }
  }

  private static func configuration(_ trust: Trust) throws(ReachError) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let certificates = trust.certificates {
      do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(certificates)) } catch {
        throw ReachError(.secret, "the file of `ca_file` holds no certificates in PEM")
      }
    }
    // A redirect would take the credentials to who knows where.
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.idleTimeout = .seconds(30)
    configuration.timeout.connect = .seconds(2)
    if let name = trust.name, let host = trust.host { configuration.dnsOverride = [name: host] }
    return configuration
  }

  /// The URL with the name that the certificate has to have as its host; where that is, the client's configuration says.
  static func effectiveURL(_ url: String, _ access: MetricAccess) -> String {
    guard let name = access.serverName, var components = URLComponents(string: url) else { return url }
    components.host = name
    return components.string ?? url
  }

  static func path(_ file: String, in folder: String?) -> String {
    file.hasPrefix("/") ? file : (folder ?? ".") + "/" + file
  }
}
