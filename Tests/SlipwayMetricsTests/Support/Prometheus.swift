import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// A real Prometheus in a folder of its own, and the real example service in both slots, scraped every second.
struct Prometheus {
  let program: RunningProgram
  let port: Int
  let folder: URL

  static func path(of program: String) throws -> String {
    let folders =
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin"]
    let found = folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    return try #require(found, "\(program) is not installed: scripts/install-dependencies.sh test")
  }

  /// - Parameters:
  ///   - targets: label `slot` and port of each service.
  ///   - web: content of `--web.config.file`.
  static func start(in folder: URL, targets: [(slot: String, port: Int)], web: String? = nil) async throws -> Prometheus {
    let port = try freePort()
    let groups = targets.map { "      - { targets: ['127.0.0.1:\($0.port)'], labels: { service: api, slot: \($0.slot) } }" }
    let configuration = """
      global: { scrape_interval: 1s, scrape_timeout: 900ms }
      scrape_configs:
        - job_name: api
          static_configs:
      \(groups.joined(separator: "\n"))

      """
    let file = folder.appending(path: "prometheus.yml")
    try configuration.write(to: file, atomically: true, encoding: .utf8)
    var arguments = [
      "--config.file=\(file.path)", "--storage.tsdb.path=\(folder.appending(path: "data").path)",
      "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
    ]
    if let web {
      let file = folder.appending(path: "web.yml")
      try web.write(to: file, atomically: true, encoding: .utf8)
      arguments.append("--web.config.file=\(file.path)")
    }
    let program = try RunningProgram(try path(of: "prometheus"), arguments, folder: folder)
    do {
      try await eventually("Prometheus listens: \(program.log)") { isListening(port) }
    } catch {
      await program.stop()
      throw error
    }
    return Prometheus(program: program, port: port, folder: folder)
  }
}

/// The example service as a slot.
struct AnswerService {
  let program: RunningProgram
  let port: Int

  static func start(port: Int? = nil, _ switches: [String: String] = [:]) async throws -> AnswerService {
    let port = try port ?? freePort()
    let path = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("answer-service").path
    let program = try RunningProgram(path, [], environment: ["PORT": "\(port)"].merging(switches) { $1 })
    do {
      try await eventually("the service listens: \(program.log)") { isListening(port) }
    } catch {
      await program.stop()
      throw error
    }
    return AnswerService(program: program, port: port)
  }

  /// Sends requests one after another and counts the answers by status.
  func ask(_ count: Int) async throws -> [Int: Int] {
    var statuses: [Int: Int] = [:]
    for _ in 0..<count {
      let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/answers?q=why")
      let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
      _ = try await answer.body.collect(upTo: 1 << 20)
      statuses[Int(answer.status.code), default: 0] += 1
    }
    return statuses
  }
}

private func loopback(port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}

private func withSocket<Result>(_ port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) throws -> Result) rethrows -> Result {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(port: port)
  return try withUnsafePointer(to: &address) {
    try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { try body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
  }
}

func isListening(_ port: Int) -> Bool { withSocket(port) { connect($0, $1, $2) == 0 } }

/// A port that was free just now.
func freePort() throws -> Int {
  try withSocket(0) { descriptor, address, length in
    guard bind(descriptor, address, length) == 0 else { throw NotThere(description: "no free port: \(errno)") }
    var bound = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &bound) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    return Int(bound.sin_port.bigEndian)
  }
}
