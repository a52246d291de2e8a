import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SlipwayModel
import SlipwayPorts
import SlipwayProxy

extension SlipwayError.Code {
  static let requestInvalid = Self("request-invalid")
}

/// The agent's HTTP API on its Unix socket. Bodies are JSON; an error has the status of its kind and a `SlipwayError` as its body.
struct ControlAPI: Sendable {
  let releases: ReleaseStore
  let supervisor: Supervisor
  let proxy: ProxyServer
  let status: @Sendable () async -> AgentStatus
  let stop: @Sendable (StopMode) -> Void

  func router() -> Router<BasicRequestContext> {
    let router = Router()
    addChanges(to: router)
    addQuestions(to: router)
    return router
  }

  private func addChanges(to router: Router<BasicRequestContext>) {
    router.post("/v1/releases") { request, _ in
      await Self.answer {
        // A build that nobody waits for any more is ended.
        try await request.body.consumeWithCancellationOnInboundClose { body in
          let message = try await Self.body(PrepareMessage.self, body, of: request)
          return PrepareAnswer(digest: try await releases.prepare(message.request, rollout: message.operation.rollout))
        }
      }
    }
    router.post("/v1/releases/check") { request, _ in
      await Self.answer {
        let message = try await Self.body(CheckMessage.self, of: request)
        try await releases.check(message.request)
        if let listen = message.listen { try await proxy.check(listen: listen, for: message.request.key) }
        return Done()
      }
    }
    router.post("/v1/workloads/ensure") { request, _ in
      await Self.answer {
        let message = try await Self.body(EnsureMessage.self, of: request)
        try await supervisor.ensure(message.workload, message.operation)
        return Done()
      }
    }
    router.post("/v1/workloads/retire") { request, _ in
      await Self.answer {
        let message = try await Self.body(RetireMessage.self, of: request)
        try await supervisor.retire(message.key, slot: message.slot, message.operation)
        return Done()
      }
    }
    router.post("/v1/routes/apply") { request, _ in
      await Self.answer {
        let message = try await Self.body(ApplyMessage.self, of: request)
        try await supervisor.apply(
          message.split, for: message.key, listen: message.listen, sticky: message.sticky, message.operation)
        return Done()
      }
    }
    router.post("/v1/stop") { request, _ in
      await Self.answer {
        let message = try await Self.body(StopMessage.self, of: request)
        stop(message.mode)
        return await status()
      }
    }
  }

  private func addQuestions(to router: Router<BasicRequestContext>) {
    router.get("/v1/status") { _, _ in await Self.answer { await status() } }
    router.get("/v1/workloads") { _, _ in await Self.answer { await supervisor.reports() } }
    router.get("/v1/observation") { request, _ in
      await Self.answer { await supervisor.observe(try Self.key(in: request)) }
    }
    router.get("/v1/metrics") { request, _ in
      await Self.answer {
        let since: Timestamp = try Self.parameter("since", of: request, or: Timestamp(milliseconds: 0))
        return proxy.metrics(try Self.key(in: request), since: since)
      }
    }
    router.get("/v1/events") { request, _ in
      await Self.answer {
        let key = request.uri.queryParameters["service"] == nil ? nil : try Self.key(in: request)
        let slot = try request.uri.queryParameters["slot"].map { try Self.slot(String($0)) }
        return await supervisor.events(of: key, slot: slot)
      }
    }
    router.get("/v1/logs") { request, _ in
      await Self.answer {
        let slot = try Self.slot(request.uri.queryParameters["slot"].map(String.init) ?? "")
        let replica: Int = try Self.parameter("replica", of: request, or: 0)
        let lines: Int = try Self.parameter("lines", of: request, or: 100)
        return try await supervisor.log(
          of: SlotID(key: try Self.key(in: request), slot: slot), replica: replica, lines: max(0, min(lines, 1000)))
      }
    }
  }

  // MARK: Reading requests

  /// A plan with a thousand replicas and large environments fits many times over.
  private static let longestBody = 4 << 20

  private static func body<T: Decodable>(_ type: T.Type, _ body: RequestBody? = nil, of request: Request) async throws -> T {
    let buffer = try await (body ?? request.body).collect(upTo: longestBody)
    do { return try JSON.decode(type, from: Array(buffer.readableBytesView)) } catch {
      throw invalid("the body is not what \(request.uri.path) takes", error)
    }
  }

  private static func key(in request: Request) throws -> DeploymentKey {
    let parameters = request.uri.queryParameters
    guard let service = parameters["service"].flatMap({ Name(String($0)) }),
      let environment = parameters["environment"].flatMap({ Name(String($0)) })
    else { throw invalid("`service` and `environment` are needed", nil) }
    return DeploymentKey(service: service, environment: environment)
  }

  private static func slot(_ text: String) throws -> Slot {
    guard let slot = Slot(rawValue: text) else { throw invalid("`slot` has to be blue or green", nil) }
    return slot
  }

  private static func parameter<T: FromText>(_ name: String, of request: Request, or standard: T) throws -> T {
    guard let text = request.uri.queryParameters[Substring(name)] else { return standard }
    guard let value = T(text: String(text)) else { throw invalid("`\(name)` can't be \(text)", nil) }
    return value
  }

  private static func invalid(_ message: String, _ cause: (any Error)?) -> SlipwayError {
    SlipwayError(
      .requestInvalid, .input, message, remedy: "use client and agent of the same version of slipway (`slipway --version`)", cause: cause)
  }

  // MARK: Answering

  private static func answer(_ work: () async throws -> some Encodable) async -> Response {
    do {
      return try response(.ok, await work())
    } catch {
      let known =
        error as? SlipwayError
        ?? SlipwayError(
          .stateBroken, .broken, "the agent could not do that", remedy: "read the cause and the agent's log", cause: error)
      // An error always encodes: it is a flat record of strings.
      return (try? response(status(for: known.kind), known)) ?? Response(status: .internalServerError)
    }
  }

  private static func response(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(value))))
  }

  private static func status(for kind: SlipwayError.Kind) -> HTTPResponse.Status {
    switch kind {
    case .input: .badRequest
    case .refused, .human: .conflict
    case .broken: .internalServerError
    }
  }
}

/// What a query parameter can be read as.
private protocol FromText {
  init?(text: String)
}

extension Int: FromText {
  fileprivate init?(text: String) { self.init(text) }
}

extension Timestamp: FromText {
  fileprivate init?(text: String) { self.init(text) }
}
