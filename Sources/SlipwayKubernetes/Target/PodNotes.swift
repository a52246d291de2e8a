import SlipwayModel
import SlipwayPorts

/// What no watch tells of pods in trouble: their last lines, and what their probes answered. Asked for once, and only when something is
/// wrong, so that a quiet rollout costs no call.
actor PodNotes {
  private struct Run: Hashable {
    let uid: String
    let restarts: Int
  }

  private let namespace: Name
  private let client: KubernetesClient
  private let clock: any EngineClock
  private var lines: [Run: (lines: [String], asked: Timestamp, isKnown: Bool)] = [:]
  private var probes: [String: (words: String?, asked: Timestamp)] = [:]

  init(namespace: Name, client: KubernetesClient, clock: any EngineClock) {
    (self.namespace, self.client, self.clock) = (namespace, client, clock)
  }

  /// A look may take two seconds in all.
  private static let limit = TimeSpan.milliseconds(800)
  /// What was not to be had is asked for again after this.
  private static let pause = TimeSpan.seconds(5)
  /// More is not kept: the oldest goes.
  private static let most = 512

  /// What the run before the present one of a pod wrote last, oldest line first; empty when that can't be had.
  func lastLines(of pod: PodReading) async -> [String] {
    let run = Run(uid: pod.uid, restarts: pod.restarts)
    if let note = lines[run], note.isKnown || clock.now() - note.asked < Self.pause { return note.lines }
    let key = ObjectKey(.pod, namespace: namespace.description, name: pod.name)
    let call = ClusterCall("read the last lines of \(pod.name)", within: Self.limit)
    // Claimed before the call, so that looks which come meanwhile do not ask as well.
    lines[run] = ([], clock.now(), false)
    if lines.count > Self.most, let oldest = lines.min(by: { $0.value.asked < $1.value.asked })?.key { lines[oldest] = nil }
    do {
      let found = try await client.logs(of: key, previous: true, lines: 20, call)
      lines[run] = ((found ?? []).map { String($0.prefix(400)) }, clock.now(), true)
    } catch {
      // An end is told all the same, without its last words.
    }
    return lines[run]?.lines ?? []
  }

  /// What the newest failed probe of a pod said, by its events; `nil` when there is none.
  func failedProbe(of pod: PodReading) async -> String? {
    if let note = probes[pod.uid], clock.now() - note.asked < Self.pause { return note.words }
    probes[pod.uid] = (probes[pod.uid]?.words, clock.now())
    if probes.count > Self.most, let oldest = probes.min(by: { $0.value.asked < $1.value.asked })?.key { probes[oldest] = nil }
    let selection = ObjectSelection(fields: "involvedObject.uid=\(pod.uid),reason=Unhealthy")
    let call = ClusterCall("read the events of \(pod.name)", within: Self.limit)
    do {
      let events = try await client.list(.event, in: namespace.description, selection, call).objects
      let newest = events.max { Self.instant($0) < Self.instant($1) }
      probes[pod.uid] = (newest?.json["message"]?.text.map { "\(pod.name): \(String($0.prefix(400)))" }, clock.now())
    } catch {
      // Without it the message is poorer, and nothing is decided by it.
    }
    return probes[pod.uid]?.words
  }

  private static func instant(_ event: ObjectDocument) -> String {
    event.json["lastTimestamp"]?.text ?? event.json["eventTime"]?.text ?? ""
  }
}
