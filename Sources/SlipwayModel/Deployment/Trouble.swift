/// Why replicas can't start, as the target says it: an image that can't be had, a quota, an admission that was refused.
package struct Trouble: Hashable, Sendable, Codable {
  /// The target's own word: `ImagePullBackOff`, `FailedCreate`.
  package let kind: String
  /// In words without a full stop and without secrets.
  package let message: String
  package let since: Timestamp
  /// Whether waiting can help, as for room in a cluster that grows; then the limits of the plan decide.
  package let mayPass: Bool

  package init(kind: String, message: String, since: Timestamp, mayPass: Bool) {
    self.kind = kind
    self.message = message
    self.since = since
    self.mayPass = mayPass
  }

  private enum CodingKeys: String, CodingKey {
    case kind, message, since
    case mayPass = "may_pass"
  }
}
