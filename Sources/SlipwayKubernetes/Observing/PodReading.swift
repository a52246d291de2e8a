import SlipwayModel

/// What a Pod's status says, as far as a rollout needs it (core/v1, PodStatus).
struct PodReading: Hashable, Sendable {
  /// How a container ended the last time (core/v1, ContainerStateTerminated).
  struct Termination: Hashable, Sendable {
    let exitCode: Int
    let signal: Int?
    /// `Error`, `OOMKilled`, `ContainerCannotRun` and the like.
    let reason: String?
    let at: Timestamp?
  }

  let name: String
  let uid: String
  /// Evicted, or at the end of its work: it stays as an object, and another has come in its place.
  let isOver: Bool
  let createdAt: Timestamp?
  /// Marked for deletion: it may still answer, and must get nothing new.
  let isTerminating: Bool
  /// The condition `Ready`.
  let isReady: Bool
  /// Since when ``isReady`` is what it is, by the cluster's clock.
  let readinessSince: Timestamp?
  /// Sum over all containers.
  let restarts: Int
  /// The newest over all containers; `nil` when none has ended yet.
  let termination: Termination?
  /// Why a container does not run, and the message to it; `nil` while all do or are on their way.
  let waiting: (reason: String, message: String)?
  /// Why it has no node; `nil` once it has one.
  let unschedulable: String?
  let failureThreshold: Int
  let probePeriod: TimeSpan

  /// `nil` for what is no pod.
  init?(_ pod: ObjectDocument) {
    guard let name = pod.name, let uid = pod.uid else { return nil }
    (self.name, self.uid) = (name, uid)
    isOver = ["Failed", "Succeeded"].contains(pod.status?["phase"]?.text)
    createdAt = pod.json[path: ["metadata", "creationTimestamp"]]?.text.flatMap { Timestamp($0) }
    isTerminating = pod.json[path: ["metadata", "deletionTimestamp"]] != nil
    let ready = pod.condition("Ready")
    isReady = ready?["status"]?.text == "True"
    readinessSince = ready?["lastTransitionTime"]?.text.flatMap { Timestamp($0) }
    let containers = pod.status?["containerStatuses"]?.items ?? []
    let all = (pod.status?["initContainerStatuses"]?.items ?? []) + containers
    restarts = containers.reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }
    termination = all.compactMap { Self.termination($0) }.max { ($0.at?.milliseconds ?? 0) < ($1.at?.milliseconds ?? 0) }
    waiting = all.lazy.compactMap { Self.waiting($0) }.first
    let scheduled = pod.condition("PodScheduled")
    unschedulable = scheduled?["reason"]?.text == "Unschedulable" ? scheduled?["message"]?.text ?? "no node has room" : nil
    let probe = pod.spec?["containers"]?.items?.first?["readinessProbe"]
    // What the API server fills in when nothing is stated.
    failureThreshold = probe?["failureThreshold"]?.integer ?? 3
    probePeriod = .seconds(Int64(probe?["periodSeconds"]?.integer ?? 10))
  }

  private static func termination(_ container: JSONValue) -> Termination? {
    let present = container[path: ["state", "terminated"]]
    guard let ended = present ?? container[path: ["lastState", "terminated"]], let code = ended["exitCode"]?.integer else { return nil }
    return Termination(
      exitCode: code, signal: ended["signal"]?.integer, reason: ended["reason"]?.text,
      at: ended["finishedAt"]?.text.flatMap { Timestamp($0) })
  }

  private static func waiting(_ container: JSONValue) -> (reason: String, message: String)? {
    guard let waiting = container[path: ["state", "waiting"]], let reason = waiting["reason"]?.text else { return nil }
    // On its way: what every pod goes through.
    guard reason != "ContainerCreating", reason != "PodInitializing" else { return nil }
    return (reason, waiting["message"]?.text ?? "")
  }

  static func == (a: PodReading, b: PodReading) -> Bool {
    a.uid == b.uid && a.isReady == b.isReady && a.isTerminating == b.isTerminating && a.readinessSince == b.readinessSince
      && a.restarts == b.restarts && a.termination == b.termination && a.waiting?.reason == b.waiting?.reason
      && a.waiting?.message == b.waiting?.message && a.unschedulable == b.unschedulable
  }

  func hash(into hasher: inout Hasher) { hasher.combine(uid) }
}

extension PodReading.Termination {
  /// `exit status 137 (OOMKilled)`, `signal 9`.
  var words: String {
    let ended = signal.flatMap { $0 == 0 ? nil : "signal \($0)" } ?? "exit status \(exitCode)"
    guard let reason, reason != "Error", reason != "Completed" else { return ended }
    return "\(ended) (\(reason))"
  }
}

extension ObjectDocument {
  /// A condition of the status by its type (API conventions, "Typical status properties").
  func condition(_ type: String) -> JSONValue? {
    status?["conditions"]?.items?.first { $0["type"]?.text == type }
  }
}
