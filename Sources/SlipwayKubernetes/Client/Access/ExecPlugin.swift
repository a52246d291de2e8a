/// A program that prints what proves who asks (client.authentication.k8s.io).
struct ExecPlugin: Hashable, Sendable {
  /// `client.authentication.k8s.io/v1` or `…/v1beta1`.
  let apiVersion: String
  /// An absolute path, or a name that is looked for in `PATH`.
  let command: String
  let arguments: [String]
  /// Added to the environment.
  let environment: [String: String]
  /// What to do when the program is not there.
  let installHint: String?
  /// Whether the program is told of the cluster.
  let providesClusterInfo: Bool
}
