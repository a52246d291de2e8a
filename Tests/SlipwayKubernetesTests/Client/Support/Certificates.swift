import Foundation
import NIOConcurrencyHelpers
import NIOSSL

@testable import SlipwayKubernetes

/// Runs a program to its end.
func run(_ program: String, _ arguments: [String], in folder: URL) async throws -> Int32 {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.currentDirectoryURL = folder
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  let (ended, continuation) = AsyncStream.makeStream(of: Int32.self)
  process.terminationHandler = {
    continuation.yield($0.terminationStatus)
    continuation.finish()
  }
  try process.run()
  for await status in ended { return status }
  return -1
}

/// Certificates of an authority that exists for one test: of a server `api.test` at 127.0.0.1, and of clients.
struct Certificates {
  let folder: URL

  static func make(in folder: URL, clients: [String] = ["jane"]) async throws -> Certificates {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    for (authority, name) in [("ca", "authority"), ("other", "other authority")] {
      try await openssl(
        ["req", "-x509"] + key + ["-keyout", "\(authority).key", "-out", "\(authority).pem", "-subj", "/CN=\(name)"], folder)
    }
    for name in ["server"] + clients {
      let alternative = name == "server" ? "DNS:api.test" : "DNS:\(name)"
      try await openssl(
        ["req", "-x509"] + key + [
          "-keyout", "\(name).key", "-out", "\(name).pem", "-subj", "/CN=\(name)", "-CA", "ca.pem", "-CAkey", "ca.key", "-addext",
          "subjectAltName=\(alternative)", "-addext", "basicConstraints=CA:FALSE",
        ], folder)
    }
    return Certificates(folder: folder)
  }

  private static func openssl(_ arguments: [String], _ folder: URL) async throws {
    let status = try await run("openssl", arguments, in: folder)
    guard status == 0 else { throw NotThere(what: "openssl \(arguments.joined(separator: " ")): \(status)") }
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// - Parameter asksClients: whether a client has to show a certificate of the authority.
  func server(asksClients: Bool) throws -> TLSConfiguration {
    var tls = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(path("server.pem")).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: path("server.key"), format: .pem)))
    if asksClients {
      tls.certificateVerification = .noHostnameVerification
      tls.trustRoots = .file(path("ca.pem"))
    }
    return tls
  }
}
