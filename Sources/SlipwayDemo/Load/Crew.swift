import NIOCore
import NIOHTTP1
import NIOPosix
import SlipwayModel

/// Something that makes load on one event loop, and is only ever touched there.
protocol Worker: AnyObject {
  func start()
  /// Called every 20 ms, to let go of what takes too long and to end when the load has ended.
  func tick(at now: NIODeadline)
  /// Set once, when nothing is in progress any more.
  var isDone: Bool { get }
}

/// What the workers of all event loops share.
struct Shared: Sendable {
  let plan: LoadPlan
  let tally: Tally
  let schedule: Schedule

  /// A request in the form it is sent in.
  func head(_ method: String, _ path: String, _ more: [(String, String)] = []) -> HTTPRequestHead {
    var headers = HTTPHeaders([("Host", "\(plan.host):\(plan.port)"), ("User-Agent", "slipway-load")])
    for (name, value) in plan.headers.sorted(by: { $0.key < $1.key }) { headers.replaceOrAdd(name: name, value: value) }
    for (name, value) in more { headers.replaceOrAdd(name: name, value: value) }
    return HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: headers)
  }

  /// Opens a connection on a loop, with the handlers that `addHandlers` adds.
  func connect(
    on loop: any EventLoop, _ addHandlers: @escaping @Sendable (any Channel) throws -> ClientConnection
  ) -> EventLoopFuture<NIOLoopBound<ClientConnection>> {
    ClientBootstrap(group: loop)
      .connectTimeout(.seconds(5))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(try addHandlers(channel))
        }
      }
      .connect(host: plan.host, port: plan.port)
      .flatMapThrowing { channel in
        NIOLoopBound(try channel.pipeline.syncOperations.handler(type: ClientConnection.self), eventLoop: loop)
      }
  }
}

/// The workers of one event loop.
final class Crew {
  private let loop: any EventLoop
  private let shared: Shared
  private let workers: [any Worker]
  private let finished: EventLoopPromise<Void>

  /// - Parameter number: which of the `plan.threads` event loops this is; worker n of the plan belongs to loop n mod threads.
  init(_ shared: Shared, on loop: any EventLoop, number: Int) {
    self.loop = loop
    self.shared = shared
    finished = loop.makePromise()
    let plan = shared.plan
    func mine(_ count: Int) -> [Int] { (0..<count).filter { $0 % plan.threads == number } }
    let requests = mine(plan.connections).map { index in
      RequestWorker(shared, on: loop, keepAlive: Self.isKeptAlive(index, share: plan.keepAliveShare))
    }
    let webSockets = mine(plan.webSockets).map { WebSocketWorker(shared, on: loop, number: $0) }
    let uploads = mine(plan.slowUploads).map { UploadWorker(shared, on: loop, number: $0) }
    workers = requests + webSockets + uploads
  }

  /// Spreads the kept connections evenly, so that each event loop gets its part of them.
  static func isKeptAlive(_ index: Int, share: Double) -> Bool {
    Int(Double(index + 1) * share + 1e-9) > Int(Double(index) * share + 1e-9)
  }

  /// Starts every worker. The future completes when all are done.
  func start() -> EventLoopFuture<Void> {
    for worker in workers { worker.start() }
    tick()
    return finished.futureResult
  }

  private func tick() {
    let now = NIODeadline.now()
    for worker in workers where !worker.isDone { worker.tick(at: now) }
    if workers.allSatisfy(\.isDone) {
      finished.succeed()
    } else {
      loop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.tick() }
    }
  }
}
