import ClusterDouble
import SlipwayModel
import SlipwayPorts

/// Who would answer requests at a moment, by the double's data plane.
struct Audience: Sendable {
  /// Out of ``asked``, by the slot and the version that answered.
  private(set) var answered: [Slot: [String: Int]] = [:]
  let asked: Int
  private(set) var lost: [String] = []

  /// Asks so often; the draws are spread evenly over the ways of a split, and over the pods of each way.
  init(_ state: ClusterState, _ scene: ClusterScene, asking count: Int) {
    asked = count
    for number in 0..<count {
      // The golden ratio spreads the pods evenly within each share.
      let request = ServiceRequest(
        scene.host, namespace: ClusterScene.namespace.description, draw: (Double(number) + 0.5) / Double(count),
        podDraw: (Double(number) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1))
      switch state.answer(request) {
      case .pod(let name, let image):
        let slot: Slot = name.hasPrefix("\(ClusterScene.key.service)-blue-") ? .blue : .green
        answered[slot, default: [:]][String(image.split(separator: ":").last ?? ""), default: 0] += 1
      case .failed(let status, let why): lost.append("\(status) \(why)")
      }
    }
  }
}

/// Counts requests as a mesh or an ingress does, once a second of the world.
final class PlaneMeter: @unchecked Sendable {  // confined to the thread of its scheduler
  private let scene: ClusterScene
  private var intervals: [MetricInterval] = []

  init(_ scene: ClusterScene) { self.scene = scene }

  /// Requests in a second.
  private static let rate = 100
  private static let draws = 25

  func run(_ world: ClusterWorld) async {
    let scene = scene
    var known: (version: Int, routes: Int, audience: Audience)?
    while true {
      let now = world.now
      let next = Timestamp(milliseconds: (now.milliseconds / 1000 + 1) * 1000)
      guard await world.pause(next - now) else { return }
      let before = (known?.version, known?.routes)
      let news = await world.cluster.look { state in
        before == (state.version, state.routesTaken)
          ? nil : (state.version, state.routesTaken, Audience(state, scene, asking: Self.draws))
      }
      if let news { known = news }
      guard let audience = known?.audience else { continue }
      intervals.append(
        MetricInterval(
          start: next - .seconds(1), length: .seconds(1), blue: figures(audience.answered[.blue]),
          green: figures(audience.answered[.green])))
    }
  }

  private func figures(_ answered: [String: Int]?) -> SlotFigures {
    var figures = SlotFigures()
    for (version, count) in answered ?? [:] {
      let requests = count * Self.rate / Self.draws
      let errors = scene.releases.first { $0.version.description == version }?.errors ?? 0
      figures.requests += requests
      figures.errors += requests * errors / 100
    }
    // All of them take 10 ms.
    var counts = [Int](repeating: 0, count: LatencyHistogram.bucketCount)
    counts[LatencyHistogram.bucket(ofMicroseconds: 10_000)] = figures.requests
    figures.latency = LatencyHistogram(counts: counts, sumMicroseconds: figures.requests * 10_000) ?? LatencyHistogram()
    return figures
  }

  func series(since: Timestamp) -> MetricSeries {
    var first = intervals.count
    while first > 0, intervals[first - 1].end > since { first -= 1 }
    return MetricSeries(intervals: Array(intervals[first...]))
  }
}
