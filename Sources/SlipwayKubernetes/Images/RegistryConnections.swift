import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import SlipwayModel

/// One request to a registry, or to who gives out its tokens.
struct RegistryRequest: Sendable {
  var method = HTTPMethod.GET
  var url: URL
  var accept: [String] = []
  var authorization: String?
  /// A form.
  var body: String?
  /// More than this is refused.
  var sizeLimit = 1 << 20
}

/// What came back.
struct RegistryReply: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let body: [UInt8]
}

/// Why no answer came that could be read.
enum RegistryFailure: Error {
  case transport(TransportFailure)
  case tooLong(Int)
}

/// The HTTP clients in use: one for each way through a proxy, or past it. They follow no redirects: that is for who knows what may be
/// said to whom.
actor RegistryConnections {
  private struct Way: Hashable {
    let scheme: String
    let isProxied: Bool
  }

  private let environment: [String: String]
  private let folders: [String]
  private var clients: [Way: HTTPClient] = [:]
  private var isClosed = false

  /// - Parameter folders: where certificates of authorities lie that are trusted beside the system's: `<folder>/<registry>/*.crt`.
  init(environment: [String: String], certificateFolders folders: [String]) {
    (self.environment, self.folders) = (environment, folders)
  }

  /// A client that goes away without having been shut down stops the program.
  deinit { for client in clients.values { client.shutdown { _ in } } }

  /// Ends all connections; after that there are none any more.
  func close() async {
    isClosed = true
    let all = clients.values
    clients = [:]
    for client in all {
      // What a connection says while it is closed helps nobody.
      do { try await client.shutdown() } catch { continue }
    }
  }

  /// Certificates of authorities that are trusted for a registry, in PEM.
  nonisolated func certificates(of registry: String) throws(SlipwayError) -> [NIOSSLCertificate] {
    var found: [NIOSSLCertificate] = []
    for folder in folders {
      let path = "\(folder)/\(registry)"
      // Most registries have no such folder.
      guard FileManager.default.fileExists(atPath: path) else { continue }
      do {
        for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() where name.hasSuffix(".crt") {
          found += try NIOSSLCertificate.fromPEMFile("\(path)/\(name)")
        }
      } catch {
        throw .registryUnreachable("the certificates in \(path) can't be read", error)
      }
    }
    return found
  }

  /// - Parameter certificates: trusted beside the system's.
  /// - Throws: ``RegistryFailure``, `CancellationError`, `SlipwayError` when a proxy's address is wrong.
  func send(_ request: RegistryRequest, to origin: RegistryOrigin, trusting certificates: [NIOSSLCertificate]) async throws -> RegistryReply
  {
    let client = try client(for: origin)
    var message = HTTPClientRequest(url: request.url.absoluteString)
    message.method = request.method
    message.headers.add(name: "user-agent", value: "slipway")
    for type in request.accept { message.headers.add(name: "accept", value: type) }
    if let authorization = request.authorization { message.headers.add(name: "authorization", value: authorization) }
    if let body = request.body {
      message.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
      message.body = .bytes(ByteBuffer(string: body))
    }
    if !certificates.isEmpty {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.additionalTrustRoots = [.certificates(certificates)]
      message.tlsConfiguration = tls
    }
    do {
      // The time is limited by whoever calls; this only has to be longer.
      let response = try await client.execute(message, deadline: .now() + .hours(1))
      let body = try await response.body.collect(upTo: request.sizeLimit)
      return RegistryReply(status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw RegistryFailure.tooLong(request.sizeLimit)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      try Task.checkCancellation()
      throw RegistryFailure.transport(Self.failure(error))
    }
  }

  private static func failure(_ error: any Error) -> TransportFailure {
    guard String(describing: error).contains("CERTIFICATE_VERIFY_FAILED") else { return TransportFailure(translating: error) }
    return TransportFailure(
      isUnsent: true, isLasting: true,
      words: "its certificate is not signed by an authority that the system or /etc/docker/certs.d trusts")
  }

  private func client(for origin: RegistryOrigin) throws -> HTTPClient {
    guard !isClosed else { throw SlipwayError.registryUnreachable("the connections to registries have been closed") }
    let choice = ProxyChoice(scheme: origin.scheme, host: origin.host, port: origin.port)
    let proxy = try choice.proxy(nil, origin: origin.description, environment: environment)
    let way = Way(scheme: origin.scheme, isProxied: proxy != nil)
    if let client = clients[way] { return client }
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.idleTimeout = .seconds(10)
    configuration.timeout.connect = .seconds(5)
    configuration.proxy = proxy
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    clients[way] = client
    return client
  }
}
