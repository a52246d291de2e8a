import ClusterDouble
import SlipwayModel

/// Sends requests through the double's data plane all the time, as users would, and counts those that nobody answered.
actor Prober {
  private(set) var sent = 0
  private(set) var lost: [String] = []
  /// Requests by the image that answered.
  private(set) var answered: [String: Int] = [:]

  /// Asks every few milliseconds until the task is cancelled; begins when somebody answers for the first time.
  func run(_ cluster: Cluster, _ host: String) async {
    while !Task.isCancelled {
      let draw = Double((sent * 61) % 100) / 100
      let podDraw = Double((sent * 37) % 100) / 100
      let answer = await cluster.with { state in
        state.answer(ServiceRequest(host, namespace: ClusterBench.namespace.description, draw: draw, podDraw: podDraw))
      }
      take(answer)
      do { try await Task.sleep(for: .milliseconds(4)) } catch { return }
    }
  }

  private func take(_ answer: ServiceAnswer) {
    switch answer {
    case .pod(_, let image):
      sent += 1
      answered[image, default: 0] += 1
    case .failed(let status, let why):
      guard sent > 0 else { return }
      sent += 1
      lost.append("\(status) \(why)")
    }
  }
}
