import AsyncHTTPClient
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import SlipwayModel
import Testing

/// The registry of the distribution project, as Debian has it, on this machine and in a folder of its own.
struct RealRegistry: Sendable {
  enum Mode: Sendable {
    case open
    /// For one user, `deployer`, with the password ``password``.
    case guarded
    /// With a certificate for 127.0.0.1 by an authority that nobody knows: `ca.crt` in the folder.
    case secure
  }

  static let password = "s3cr3t-pass"
  /// Made with crypt(3) from ``password``.
  private static let hash = "$2y$05$abcdefghijklmnopqrstuul9Lwd4lwSN2dSsfW0Na38Zav2NkC3wS"

  let port: Int
  let mode: Mode
  /// Host and port, as images name it.
  var name: String { "127.0.0.1:\(port)" }

  private static func path(of program: String) throws -> String {
    let folders =
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin"]
    let found = folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    return try #require(found, "\(program) is not installed: scripts/install-dependencies.sh test")
  }

  /// Starts it, and ends it by its process id after `body`.
  static func with<Result>(_ mode: Mode, in folder: URL, _ body: (RealRegistry) async throws -> Result) async throws -> Result {
    let port = try await freePort()
    var http = "  addr: 127.0.0.1:\(port)\n  relativeurls: true\n"
    var rest = ""
    switch mode {
    case .open: break
    case .guarded:
      try "deployer:\(hash)\n".write(to: folder.appending(path: "htpasswd"), atomically: true, encoding: .utf8)
      rest = "auth: { htpasswd: { realm: tests, path: \(folder.path)/htpasswd } }\n"
    case .secure:
      try await makeCertificates(in: folder)
      http += "  tls: { certificate: \(folder.path)/server.crt, key: \(folder.path)/server.key }\n"
    }
    let text = """
      version: 0.1
      log: { level: error }
      storage: { filesystem: { rootdirectory: \(folder.path)/data }, delete: { enabled: true } }
      \(rest)http:
      \(http)
      """
    let file = folder.appending(path: "registry.yml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try path(of: "docker-registry"))
    process.arguments = ["serve", file.path]
    process.environment = [:]
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in continuation.finish() }
    try process.run()
    let pid = process.processIdentifier
    let outcome: Swift.Result<Result, any Error>
    do {
      try await untilListening(port)
      outcome = .success(try await body(RealRegistry(port: port, mode: mode)))
    } catch {
      outcome = .failure(error)
    }
    kill(pid, SIGKILL)
    for await _ in ended {}
    return try outcome.get()
  }

  /// Pushes a small image by the registry's API.
  ///
  /// - Returns: what the registry says its manifest's digest is.
  func push(_ repository: String, _ tag: String, content: String) async throws -> Digest {
    let config = #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"comment":"\#(content)"}"#
    let blob = Digest(hashing: Array(config.utf8))
    let upload = try await send(.POST, "/v2/\(repository)/blobs/uploads/", nil, "")
    #expect(upload.status == .accepted)
    let location = try #require(upload.headers.first(name: "location"))
    let separator = location.contains("?") ? "&" : "?"
    let stored = try await send(.PUT, "\(location)\(separator)digest=\(blob)", "application/octet-stream", config)
    #expect(stored.status == .created)
    let type = "application/vnd.oci.image.manifest.v1+json"
    let manifest = """
      {"schemaVersion":2,"mediaType":"\(type)","config":{"mediaType":"application/vnd.oci.image.config.v1+json",\
      "digest":"\(blob)","size":\(config.utf8.count)},"layers":[]}
      """
    let answer = try await send(.PUT, "/v2/\(repository)/manifests/\(tag)", type, manifest)
    #expect(answer.status == .created)
    return try #require(answer.headers.first(name: "docker-content-digest").flatMap { Digest($0) })
  }

  private func send(_ method: HTTPMethod, _ path: String, _ type: String?, _ body: String) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: "http://\(name)\(path)")
    request.method = method
    if let type { request.headers.add(name: "content-type", value: type) }
    if case .guarded = mode {
      request.setBasicAuth(username: "deployer", password: Self.password)
    }
    request.body = .bytes(ByteBuffer(string: body))
    return try await HTTPClient.shared.execute(request, timeout: .seconds(10))
  }

  static func makeCertificates(in folder: URL) async throws {
    try "subjectAltName=IP:127.0.0.1\n".write(to: folder.appending(path: "names"), atomically: true, encoding: .utf8)
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try await openssl(
      ["req", "-x509"] + key + ["-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=authority of a test"], in: folder)
    try await openssl(["req"] + key + ["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=registry"], in: folder)
    try await openssl(
      [
        "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.crt", "-days", "2",
        "-extfile", "names",
      ], in: folder)
  }

  private static func openssl(_ arguments: [String], in folder: URL) async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try path(of: "openssl"))
    process.arguments = arguments
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
    for await status in ended { try #require(status == 0, "openssl \(arguments)") }
  }

  private static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    try await channel.close()
    return port
  }

  private static func untilListening(_ port: Int) async throws {
    for _ in 0..<300 {
      do {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port).get()
        try await channel.close()
        return
      } catch {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    Issue.record("the registry does not listen within 15 s")
  }
}
