import Foundation
import Hummingbird
import Logging
import NIOCore

/// The source of figures that the rollouts name, and the benchmark's own questions, over HTTP.
enum FiguresServer {
  /// Serves while `body` runs.
  static func run(_ ledger: RequestLedger, _ body: @escaping @Sendable (_ port: Int) async throws -> Void) async throws {
    let router = Router()
    router.get("figures/:service") { _, context in
      try json(ledger.figures(of: try context.parameters.require("service")))
    }
    router.get("report") { _, _ in try json(ledger.report()) }
    router.post("forget") { _, _ in
      ledger.forget()
      return HTTPResponse.Status.ok
    }
    router.post("fail") { request, _ in
      let body = try await request.body.collect(upTo: 1 << 20)
      ledger.fail(String(buffer: body).split(separator: " ").map(String.init))
      return HTTPResponse.Status.ok
    }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "figures")
    logger.logLevel = .critical
    let application = Application(
      router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        port.yield(channel.localAddress?.port ?? 0)
        port.finish()
      }, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await application.run() }
      group.addTask {
        for await number in ports { try await body(number) }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private static func json(_ value: some Encodable) throws -> Response {
    let bytes = try JSONEncoder().encode(value)
    return Response(
      status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: Array(bytes))))
  }
}
