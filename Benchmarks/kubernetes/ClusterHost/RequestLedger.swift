import Foundation
import SlipwayModel
import Synchronization

/// What was asked of the double and of the source of figures, and when.
final class RequestLedger: Sendable {
  private struct State {
    /// By method, kind and whether it is a watch: `GET pods watch`.
    var calls: [String: Int] = [:]
    /// When an Ingress was last deleted, by its name.
    var deletions: [String: Int64] = [:]
    /// When the figures of a service were asked for.
    var reads: [String: [Int64]] = [:]
    /// Services whose candidates fail.
    var failing: Set<String> = []
  }

  private let state = Mutex(State())
  private let began = RequestLedger.now()

  /// Of this machine, so that it can be compared with the instants in the journal.
  static func now() -> Timestamp { Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded())) }

  /// - Parameters:
  ///   - path: with its query.
  func note(_ method: String, _ path: String) {
    let halves = path.split(separator: "?", maxSplits: 1)
    let parts = (halves.first ?? "").split(separator: "/")
    let isWatch = halves.count > 1 && halves[1].contains("watch=true")
    let place = parts.firstIndex(of: "namespaces")
    let kind = place.map { $0 + 2 < parts.count ? String(parts[$0 + 2]) : "namespaces" } ?? parts.last.map(String.init) ?? "/"
    let name = place.flatMap { $0 + 3 < parts.count ? String(parts[$0 + 3]) : nil }
    let now = Self.now().milliseconds
    state.withLock { state in
      state.calls["\(method) \(kind)\(isWatch ? " watch" : "")", default: 0] += 1
      if kind == "ingresses", method == "DELETE", let name { state.deletions[name] = now }
    }
  }

  func fail(_ services: [String]) { state.withLock { $0.failing.formUnion(services) } }

  func forget() { state.withLock { ($0.calls, $0.deletions, $0.reads) = ([:], [:], [:]) } }

  func report() -> RequestReport {
    state.withLock { RequestReport(calls: $0.calls, deletions: $0.deletions, reads: $0.reads) }
  }

  /// The counts of a service as they are now: 200 requests a second, a fifth of them to the candidate's slot, since whenever.
  func figures(of service: String) -> FiguresDocument {
    let now = Self.now()
    let isFailing = state.withLock { state in
      state.reads[service, default: []].append(now.milliseconds)
      return state.failing.contains(service)
    }
    let seconds = (now - began).milliseconds / 1000 + 1
    return FiguresDocument(
      at: now.description,
      slots: [
        "blue": .init(requests: seconds * 160, failing: false), "green": .init(requests: seconds * 40, failing: isFailing),
      ])
  }
}

/// What the ledger holds, for the benchmark.
struct RequestReport: Codable {
  let calls: [String: Int]
  let deletions: [String: Int64]
  let reads: [String: [Int64]]
}

/// A document of counts, as docs/metrics.md describes it.
struct FiguresDocument: Encodable {
  let at: String
  let slots: [String: SlotCounts]

  struct SlotCounts: Encodable {
    let requests: Int64
    let errors: Int64
    let latency: Latency

    init(requests: Int64, failing: Bool) {
      self.requests = requests
      // Nothing fails before; from then on all that ever came has failed, by half.
      errors = failing ? requests / 2 : 0
      latency = Latency(requests: requests)
    }
  }

  struct Latency: Encodable {
    let unit = "ms"
    let buckets: [[Int64?]]

    init(requests: Int64) {
      let bounds: [Int64] = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500]
      buckets = bounds.enumerated().map { [$1, requests * Int64($0 + 1) / 12] } + [[nil, requests]]
    }
  }
}
