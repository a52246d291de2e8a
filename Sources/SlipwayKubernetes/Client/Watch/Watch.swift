import SlipwayModel
import SlipwayPorts

/// What is watched.
package struct WatchTarget: Sendable {
  package let kind: ResourceKind
  /// `nil`: all.
  package let namespace: String?
  package let selection: ObjectSelection
  /// Applied before anything is kept.
  package let trim: ObjectTrim

  package init(_ kind: ResourceKind, in namespace: String?, _ selection: ObjectSelection = .all, trim: ObjectTrim = .none) {
    self.kind = kind
    self.namespace = kind.isNamespaced ? namespace : nil
    self.selection = selection
    self.trim = .bookkeeping.and(trim)
  }
}

extension KubernetesClient {
  /// Tells `take` of all objects and then of every change, until the task is cancelled. It reads on when `take` has returned: a slow
  /// reader slows the server down and needs no memory.
  ///
  /// Connections that end are opened again where they ended; what failed is reported as ``WatchEvent/interrupted(_:)`` and tried again
  /// after a pause.
  ///
  /// - Throws: `CancellationError` and nothing else.
  package func watch(_ target: WatchTarget, _ take: @escaping @Sendable (WatchEvent) async -> Void) async throws {
    let backOff = BackOff(first: .milliseconds(200), most: .seconds(10), random: random)
    var failures = 0
    var position: String?
    while true {
      do {
        let start: String
        if let position {
          start = position
        } else {
          let list = try await list(target.kind, in: target.namespace, target.selection, trim: target.trim, Self.listing(target))
          start = list.resourceVersion
          await take(.listed(list.objects))
        }
        let began = clock.now()
        let stream = WatchStream(client: self, target: target, take: take, start: start)
        let end = try await stream.follow()
        position = end.position
        if let failure = end.failure { throw failure }
        // A server that ends at once what it has just opened would be asked without a pause.
        failures = clock.now() - began < .seconds(1) ? failures + 1 : 0
        if failures > 0 { try await clock.sleep(for: backOff.pause(after: failures - 1)) }
      } catch let error as SlipwayError {
        try Task.checkCancellation()
        await take(.interrupted(error))
        // Now and then all is fetched anew: the position itself may be what the server stumbles over.
        if failures % 8 == 7 { position = nil }
        try await clock.sleep(for: backOff.pause(after: failures))
        failures += 1
      }
    }
  }

  private static func listing(_ target: WatchTarget) -> ClusterCall {
    ClusterCall("list the \(target.kind.plural) to watch", within: .seconds(60))
  }
}
