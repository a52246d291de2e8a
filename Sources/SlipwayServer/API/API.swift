import Hummingbird
import NIOCore
import SlipwayEngine
import SlipwayModel
import SlipwayPorts
import SlipwayRuntime

/// Everything that the routes work on.
struct API: Sendable {
  let engine: Engine
  let ports: Ports
  let audit: any AuditLog
  let shutdown: ShutdownTrigger
  let station: Station
  let startedAt: Timestamp

  init(engine: Engine, ports: Ports, audit: any AuditLog, shutdown: ShutdownTrigger, station: Station) {
    self.engine = engine
    self.ports = ports
    self.station = station
    self.audit = audit
    self.shutdown = shutdown
    startedAt = ports.clock.now()
  }

  /// The routes for one listener. `docs/formats/api.md` describes each.
  func router(_ access: Access) -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    router.addMiddleware {
      ErrorMiddleware()
      AccessMiddleware(access: access)
      StationMiddleware(station: station)
    }
    router.get(Probe.alive) { _, _ in Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "ok\n"))) }
    router.get(Probe.ready) { _, _ in station.readiness }
    let root = router.group("v1")
    root.get("health") { _, _ in try json(HealthView(startedAt: startedAt, leadership: station.leadership)) }
    root.get("status") { _, _ in try json(await StatusReader(engine: engine, ports: ports).status()) }
    root.post("shutdown") { _, _ in
      await shutdown.fire()
      return try json(Accepted(), status: .accepted)
    }
    root.get("audit/checkpoint") { _, _ in try json(await audit.checkpoint(at: ports.clock.now())) }
    root.get("audit/proof/:index") { _, context in
      let index = try context.number("index")
      return try json(await audit.proof(of: index, at: ports.clock.now()))
    }
    root.post("plan") { request, context in
      let asked = try await request.value(DeployRequest.self, context)
      return try json(try await engine.preview(asked))
    }
    root.post("forecast") { request, context in
      let plan = try await engine.preview(try await request.value(DeployRequest.self, context))
      let now = ports.clock.now()
      let metrics = try await ports.metrics.read(plan.key, as: plan.metrics, since: now - .minutes(5))
      return try json(ForecastView(forecast: PlanForecast(plan, metrics, at: now)))
    }
    RolloutRoutes(engine: engine, ports: ports).add(to: root)
    return router
  }
}

/// What a request brings besides itself.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Who acts; set by ``AccessMiddleware`` before any route runs.
  var actor = Actor(.person, "unknown")
  /// Bytes that a request's body may have; a request to deploy carries a whole environment.
  var maxUploadSize: Int { 1 << 20 }

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  func number(_ name: String) throws -> Int64 {
    guard let text = parameters.get(name), let value = Int64(text), value >= 0 else {
      throw SlipwayError.badRequest("'\(name)' is not a number from 0")
    }
    return value
  }
}
