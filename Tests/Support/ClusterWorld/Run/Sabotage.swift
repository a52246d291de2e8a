import ClusterDouble
import SlipwayModel

/// Something that no server of Slipway does, done in its name: an oracle that does not see it sees nothing.
package enum Sabotage: String, CaseIterable, Sendable {
  /// The service's own Service selects no pod.
  case selectNobody
  /// The live slot is scaled to nothing.
  case stopLive
  /// The live slot's Deployment is deleted.
  case deleteLive
  /// Another number of replicas than the journal knows of.
  case scaleLive
  /// The traffic goes to the slot that has no release.
  case switchOver
  /// An older writer comes after a newer one.
  case oldWriter

  /// The rule that it breaks.
  package var rule: String {
    switch self {
    case .selectNobody: "nothing"
    case .stopLive: "capacity"
    case .deleteLive: "deleted"
    case .scaleLive: "unrecorded"
    case .switchOver: "readiness"
    case .oldWriter: "fence"
    }
  }

  /// As a server would send it.
  func request(_ live: Slot) -> APIRequest {
    let deployment = "/apis/apps/v1/namespaces/shop/deployments/api-\(live.rawValue)"
    let service = "/api/v1/namespaces/shop/services/api"
    switch self {
    case .selectNobody: return patch(service, ["spec": ["selector": ["slipway.dev/slot": "none"]]])
    case .stopLive: return patch(deployment, ["spec": ["replicas": 0]])
    case .deleteLive: return APIRequest("DELETE", deployment)
    case .scaleLive: return patch(deployment, ["spec": ["replicas": 7]])
    case .switchOver: return patch(service, ["spec": ["selector": ["slipway.dev/slot": .text(live.other.rawValue)]]])
    case .oldWriter:
      return patch(deployment, ["metadata": ["annotations": ["slipway.dev/epoch": "0", "slipway.dev/sequence": "0"]]])
    }
  }

  private func patch(_ path: String, _ body: JSONValue) -> APIRequest {
    APIRequest("PATCH", path, contentType: "application/merge-patch+json", body: body)
  }
}

extension ClusterWorld {
  /// Does it once, while a release is live and no rollout is under way.
  func suffer(_ sabotage: Sabotage, _ network: Network) async {
    while await pause(.milliseconds(500)) {
      guard !judge.hasOpen, let live = judge.live, let host = server?.host, host.answers else { continue }
      do {
        _ = try await network.send(sabotage.request(live.slot), changes: true, from: host)
      } catch {
        judge.violate("sabotage", "could not be done: \(error)", at: now)
      }
      return over.open()
    }
  }
}
