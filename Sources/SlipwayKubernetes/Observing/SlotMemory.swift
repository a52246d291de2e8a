import SlipwayModel

/// What has to be remembered between two looks at a slot, since no object of the cluster says it, or says it by another clock.
struct SlotMemory: Hashable, Sendable {
  /// Since when as many pods as wanted have been ready without interruption, by our clock.
  private(set) var readySince: Timestamp?
  /// Uids of pods that have been ready once.
  private var everReady: Set<String> = []
  /// Since when they are not, by our clock.
  private var unreadySince: [String: Timestamp] = [:]
  private var release: Release?

  /// Takes in what was seen.
  mutating func see(_ pods: [PodReading], release: Release?, isReady: Bool, at now: Timestamp) {
    if release != self.release { self = SlotMemory(release: release) }
    everReady.formUnion(pods.filter(\.isReady).map(\.uid))
    everReady.formIntersection(pods.map(\.uid))
    let unready = pods.filter { !$0.isReady }.map(\.uid)
    unreadySince = Dictionary(uniqueKeysWithValues: Set(unready).map { ($0, unreadySince[$0] ?? now) })
    readySince = isReady ? readySince ?? now : nil
  }

  init() {}

  private init(release: Release?) { self.release = release }

  /// The longest present run of failed probes over pods that have been ready once. A kubelet does not tell its count: a pod that is no
  /// longer ready has failed as often as its probe's threshold says, and once more in each period since.
  func failures(of pods: [PodReading], at now: Timestamp) -> Int {
    pods.filter { !$0.isReady && !$0.isTerminating && everReady.contains($0.uid) }.map { pod in
      let periods = unreadySince[pod.uid].map { max(0, (now - $0).milliseconds / max(pod.probePeriod.milliseconds, 1)) } ?? 0
      return pod.failureThreshold + Int(min(periods, 1000))
    }.max() ?? 0
  }
}
