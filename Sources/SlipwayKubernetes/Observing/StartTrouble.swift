import SlipwayModel

/// Recognises what keeps pods from starting, from their own status and from that of the objects that make them.
enum StartTrouble {
  /// The first that does not pass by itself, else the first that may.
  ///
  /// - Parameters:
  ///   - makers: the slot's Deployment and its ReplicaSet, whose conditions tell why no pod was made.
  ///   - now: what is dated by no clock of the cluster counts from here.
  static func find(in pods: [PodReading], makers: [ObjectDocument], at now: Timestamp) -> Trouble? {
    let found = pods.compactMap { trouble(of: $0, at: now) } + makers.compactMap { refusal(in: $0, at: now) }
    return found.first { !$0.mayPass } ?? found.first
  }

  private static func trouble(of pod: PodReading, at now: Timestamp) -> Trouble? {
    if let message = pod.unschedulable {
      // A cluster that grows makes room within minutes.
      return Trouble(kind: "Unschedulable", message: "\(pod.name) has no node: \(message)", since: pod.createdAt ?? now, mayPass: true)
    }
    guard let (reason, message) = pod.waiting, let mayPass = mayPass(reason, message) else { return nil }
    let words = onOneLine(message)
    return Trouble(
      kind: reason, message: "\(pod.name): \(reason)" + (words.isEmpty ? "" : ": \(words)"), since: pod.createdAt ?? now, mayPass: mayPass)
  }

  /// Whether waiting may help; `nil` for what is no trouble of the start. A crash loop is judged by its exits.
  private static func mayPass(_ reason: String, _ message: String) -> Bool? {
    switch reason {
    case "ErrImagePull", "ImagePullBackOff": !isRefused(message)
    case "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
      "ImageInspectError":
      false
    case "RegistryUnavailable": true
    default: nil
    }
  }

  /// What a registry answers when the image is not there or not for us; all else may be a registry that stumbles. Kubelets before 1.31
  /// say only that they wait, which they do after the first failure of any kind: then the plan's limit decides.
  private static func isRefused(_ message: String) -> Bool {
    let text = message.lowercased()
    return [
      "not found", "manifest unknown", "denied", "unauthorized", "forbidden", "no basic auth", "does not exist", "authentication required",
    ].contains { text.contains($0) }
  }

  /// A controller that can't make pods says so by the condition `ReplicaFailure`: a quota, an admission webhook, a missing account.
  private static func refusal(in maker: ObjectDocument, at now: Timestamp) -> Trouble? {
    guard let failure = maker.condition("ReplicaFailure"), failure["status"]?.text == "True" else { return nil }
    let since = failure["lastTransitionTime"]?.text.flatMap { Timestamp($0) } ?? now
    return Trouble(
      kind: failure["reason"]?.text ?? "FailedCreate", message: onOneLine(failure["message"]?.text ?? "pods could not be made"),
      since: since, mayPass: false)
  }

  /// A message for a journal's entry: one line, bounded.
  private static func onOneLine(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.count > 400 ? line.prefix(400) + "…" : line
  }
}
