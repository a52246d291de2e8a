import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The process with the double of the cluster and the source of figures.
struct Host: Sendable {
  /// What was asked since the ledger was emptied; see the host's `RequestLedger`.
  struct Report: Decodable {
    let calls: [String: Int]
    let deletions: [String: Int64]
    let reads: [String: [Int64]]
  }

  let process: Process
  let cluster: Int
  let figures: Int

  static func start(_ settings: Settings) async throws -> Host {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: settings.host)
    process.arguments = [String(settings.namespaces), String(settings.rollouts)]
    let output = Pipe()
    // It ends when this process does: then nobody holds its input open.
    process.standardInput = Pipe()
    process.standardOutput = output
    try process.run()
    var text = ""
    while !text.contains("figures ") || !text.hasSuffix("\n") {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw BenchError("the double of the cluster has ended") }
      text += String(decoding: data, as: UTF8.self)
    }
    func port(_ name: String) -> Int {
      text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
    }
    return Host(process: process, cluster: port("cluster"), figures: port("figures"))
  }

  func report() async throws -> Report {
    try JSONDecoder().decode(Report.self, from: try await ask(.GET, "report", nil))
  }

  /// Begins to count anew.
  func forget() async throws { _ = try await ask(.POST, "forget", nil) }

  /// From now on requests to the candidates of these services fail.
  func fail(_ services: [String]) async throws { _ = try await ask(.POST, "fail", services.joined(separator: " ")) }

  private func ask(_ method: HTTPMethod, _ path: String, _ body: String?) async throws -> Data {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(figures)/\(path)")
    request.method = method
    request.body = body.map { .bytes(ByteBuffer(string: $0)) }
    let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    let bytes = try await answer.body.collect(upTo: 64 << 20)
    guard answer.status == .ok else { throw BenchError("the host has refused \(path): \(answer.status)") }
    return Data(bytes.readableBytesView)
  }
}

/// What went wrong, in words.
struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
