import NIOCore
import SlipwayModel
import SlipwayPorts
import Synchronization

/// One connection over which the events of a watch come.
struct WatchStream: Sendable {
  /// How it ended.
  struct End: Sendable {
    /// Where to go on; `nil`: with a new list.
    var position: String?
    var failure: SlipwayError?
  }

  let client: KubernetesClient
  let target: WatchTarget
  let take: @Sendable (WatchEvent) async -> Void
  let start: String

  /// One object is never longer in any store (etcd: 1.5 MiB); this leaves room for its encoding.
  static let lineLimit = 8 << 20
  /// A server sends a bookmark each minute. One that says nothing for so long is gone, and its connection has not noticed.
  static let silenceLimit = TimeSpan.seconds(150)
  /// So long the server may take until it says that it has begun.
  static let openingLimit = TimeSpan.seconds(15)

  private var purpose: String { "watch the \(target.kind.plural)" }

  /// Where the stream is, and when something last came.
  private final class Progress: Sendable {
    struct State {
      var position: String
      var heard: Timestamp
      var isOpen = false
    }

    private let state: Mutex<State>

    init(_ position: String, at now: Timestamp) { state = Mutex(State(position: position, heard: now)) }

    var position: String { state.withLock { $0.position } }

    func hear(at now: Timestamp, position: String? = nil) {
      state.withLock {
        $0.heard = now
        $0.isOpen = true
        if let position, !position.isEmpty { $0.position = position }
      }
    }

    func isSilent(at now: Timestamp) -> Bool {
      state.withLock { now - $0.heard > ($0.isOpen ? WatchStream.silenceLimit : WatchStream.openingLimit) }
    }
  }

  /// What the server says in the place of events.
  private struct Refusal: Error {
    let answer: StatusAnswer
  }

  /// Returns when the stream has ended, for whatever reason.
  ///
  /// - Throws: `CancellationError`.
  func follow() async throws -> End {
    let call = ClusterCall(purpose, within: .seconds(60))
    let clock = client.clock
    do {
      // No turn is waited for: opening one costs the server little, and until then nothing is seen. After a restart there are six for
      // each namespace at once. client-go does not limit watches either; what fails is paused for by whoever opens it anew.
      try await client.sender.prepare(call, deadline: clock.now() + call.limit)
      let progress = Progress(start, at: clock.now())
      return try await withThrowingTaskGroup(of: End.self) { group in
        group.addTask { try await read(progress) }
        group.addTask {
          while !progress.isSilent(at: clock.now()) { try await clock.sleep(for: .seconds(5)) }
          return End(position: progress.position, failure: .clusterUnreachable("can't \(purpose): the API server says nothing any more"))
        }
        defer { group.cancelAll() }
        // There are two tasks, so there is a first.
        return try await group.next() ?? End(position: progress.position)
      }
    } catch let error as SlipwayError {
      return End(position: start, failure: error)
    }
  }

  /// - Throws: `CancellationError`, and `SlipwayError` when nothing proves who asks.
  private func read(_ progress: Progress) async throws -> End {
    do {
      let reply = try await client.sender.transport.open(request)
      guard reply.status == 200 else {
        let body = try await RequestSender.collect(reply.body, limit: 1 << 20)
        if reply.status == 401 { _ = await client.sender.transport.renewCredentials() }
        throw Refusal(answer: client.status(Answer(status: reply.status, body: body)))
      }
      progress.hear(at: client.clock.now())
      await take(.current)
      try await read(reply.body, progress)
      return End(position: progress.position)
    } catch let refusal as Refusal {
      // What happened since is forgotten, which only a new list mends (Kubernetes API concepts, "410 Gone responses").
      if refusal.answer.code == 410 { return End(position: nil) }
      return End(position: progress.position, failure: refusal.answer.error(purpose, about: nil))
    } catch let failure as TransportFailure {
      try Task.checkCancellation()
      let error = SlipwayError.clusterUnreachable("can't \(purpose): the connection to the API server was lost", failure)
      return End(position: progress.position, failure: error)
    } catch let error where error is JSONReader.Mistake || error is LineFrames.LineTooLong || error is NIOTooManyBytesError {
      // A new list does not depend on what came.
      return End(position: nil, failure: .clusterAnswer("can't \(purpose): the API server's events can't be read", error))
    }
  }

  private var request: ClusterRequest {
    // Spread, so that not all watches that began together are opened anew together.
    let seconds = Int(300 + 300 * client.random())
    return ClusterRequest(
      path: KubernetesClient.path(of: target.kind, in: target.namespace),
      query: target.selection.query.map { (name: $0, value: $1) } + [
        (name: "watch", value: "true"), (name: "resourceVersion", value: start), (name: "allowWatchBookmarks", value: "true"),
        (name: "timeoutSeconds", value: String(seconds)),
      ], lane: .watch)
  }

  private func read(_ body: some AsyncSequence<ByteBuffer, any Error>, _ progress: Progress) async throws {
    var frames = LineFrames(limit: Self.lineLimit)
    for try await piece in body {
      progress.hear(at: client.clock.now())
      for line in try frames.lines(endingIn: piece.readableBytesView) {
        try await tell(try WatchLine(line, kind: target.kind, hiding: client.sender.transport.secrets), progress)
      }
    }
  }

  private func tell(_ line: WatchLine, _ progress: Progress) async throws {
    switch line {
    case .changed(let object): await tell(.changed(target.trim(object)), at: object.resourceVersion, progress)
    case .removed(let object): await tell(.removed(target.trim(object)), at: object.resourceVersion, progress)
    case .bookmark(let version): await tell(.current, at: version, progress)
    case .failed(let answer): throw Refusal(answer: answer)
    }
  }

  private func tell(_ event: WatchEvent, at position: String?, _ progress: Progress) async {
    await take(event)
    progress.hear(at: client.clock.now(), position: position)
  }
}
