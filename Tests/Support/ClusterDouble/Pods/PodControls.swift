import SlipwayModel

/// What tests do to single pods.
extension ClusterState {
  /// Ends the program of a running pod; the kubelet restarts it as after any crash.
  package mutating func kill(_ namespace: String, _ pod: String, exitCode: Int = 137, reason: String = "Error", at time: Timestamp) {
    now = max(now, time)
    let name = ObjectName(namespace, pod)
    guard runs[name] != nil else { return }
    runs[name]?.killedWith = (exitCode, reason)
    runs[name]?.crashAt = now
    work.add(name, to: .kubelet)
  }

  /// Makes a running pod pass or fail its readiness probe from now on; `nil` gives it back to its behaviour.
  package mutating func setReadiness(_ isReady: Bool?, _ namespace: String, _ pod: String) {
    let name = ObjectName(namespace, pod)
    runs[name]?.forcedReadiness = isReady
    work.add(name, to: .kubelet)
  }

  /// What the pod's containers have written; `nil` for what the double makes up.
  package mutating func setLog(_ text: String?, _ namespace: String, _ pod: String) { logs.set(text, of: ObjectName(namespace, pod)) }

  /// What containers write whose image contains a text.
  package mutating func setLog(_ text: String?, ofImagesWith part: String) { logs.set(text, ofImagesWith: part) }
}
