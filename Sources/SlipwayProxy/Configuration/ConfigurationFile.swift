import NIOPosix
import SlipwayModel

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The file that the configuration is kept in: written under another name, synchronised, renamed, and the folder synchronised,
/// so that after a crash it holds either the old or the new configuration.
struct ConfigurationFile: Sendable {
  let path: String

  /// What was read, and what could not be.
  struct Content: Sendable {
    var configuration: ProxyConfiguration
    var problems: [SlipwayError]
  }

  /// `nil` when there is no file. A route that can't be read is a problem and the others count; the file is then kept under
  /// another name, since the next save leaves that route out.
  func load() async throws -> Content? {
    try await NIOThreadPool.singleton.runIfActive { try read() }
  }

  func save(_ configuration: ProxyConfiguration) async throws {
    try await NIOThreadPool.singleton.runIfActive { try write(configuration) }
  }

  private func read() throws -> Content? {
    guard access(path, F_OK) == 0 else { return nil }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw SlipwayError(
        .proxyFileUnreadable, .broken, "the proxy's configuration file \(path) can't be read",
        remedy: "Check the file's permissions and the disk.", cause: error)
    }
    do {
      let document = try JSONDecoder().decode(Document.self, from: data)
      let routes = document.routes.compactMap(\.route)
      let problems = document.routes.compactMap(\.failure).map { problem("a route in \(path) can't be read and is left out", $0) }
      if !problems.isEmpty { try keepAside(data) }
      return Content(configuration: ProxyConfiguration(routes: routes), problems: problems)
    } catch let error as DecodingError {
      try keepAside(data)
      return Content(configuration: ProxyConfiguration(), problems: [problem("the proxy's configuration file \(path) is damaged", error)])
    }
  }

  private func problem(_ message: String, _ cause: any Error) -> SlipwayError {
    SlipwayError(
      .proxyFileDamaged, .broken, message, remedy: "The file was kept as \(asidePath). Correct it and put it back, or deploy again.",
      cause: cause)
  }

  private var asidePath: String { path + ".damaged" }

  private func keepAside(_ data: Data) throws { try replace(asidePath, with: Array(data)) }

  private func write(_ configuration: ProxyConfiguration) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try replace(path, with: Array(encoder.encode(configuration)) + [UInt8(ascii: "\n")])
  }

  /// Puts a file in place as a whole.
  private func replace(_ path: String, with bytes: [UInt8]) throws {
    let temporary = path + ".new"
    func fail(_ step: String) -> SlipwayError {
      let reason = String(cString: strerror(errno))
      return SlipwayError(
        .proxyFileNotSaved, .broken, "the proxy's configuration could not be saved: \(step) \(temporary): \(reason)",
        remedy: "Check that the state folder is writable and the disk is not full. Nothing was changed.")
    }
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw fail("open") }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { rest in rest.baseAddress.map { writeBytes(file, $0, rest.count) } ?? 0 }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = fail("write")
        close(file)
        unlink(temporary)
        throw error
      }
      written += count
    }
    guard fsync(file) == 0 else {
      let error = fail("synchronise")
      close(file)
      throw error
    }
    guard close(file) == 0 else { throw fail("close") }
    guard rename(temporary, path) == 0 else { throw fail("rename") }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw fail("open the folder of") }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw fail("synchronise the folder of") }
  }

  /// The file with each route read for itself.
  private struct Document: Decodable {
    let version: Int
    let routes: [Entry]

    private enum CodingKeys: String, CodingKey { case version, routes }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      version = try container.decode(Int.self, forKey: .version)
      guard version == ProxyConfiguration.currentVersion else {
        throw DecodingError.dataCorruptedError(
          forKey: .version, in: container,
          debugDescription: "version \(version) is not known; this program writes \(ProxyConfiguration.currentVersion)")
      }
      routes = try container.decode([Entry].self, forKey: .routes)
    }
  }

  private struct Entry: Decodable {
    var route: RouteConfiguration?
    var failure: (any Error)?

    init(from decoder: any Decoder) throws {
      do { route = try RouteConfiguration(from: decoder) } catch { failure = error }
    }
  }
}

/// `write(2)`, whose name a method here has taken.
private func writeBytes(_ file: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int { write(file, bytes, count) }

extension SlipwayError.Code {
  /// The proxy's configuration could not be written: nothing was changed.
  package static let proxyFileNotSaved = SlipwayError.Code("proxy-file-not-saved")
  /// The proxy's configuration exists and can't be read.
  package static let proxyFileUnreadable = SlipwayError.Code("proxy-file-unreadable")
  /// A part of the proxy's configuration makes no sense: the rest serves.
  package static let proxyFileDamaged = SlipwayError.Code("proxy-file-damaged")
}
