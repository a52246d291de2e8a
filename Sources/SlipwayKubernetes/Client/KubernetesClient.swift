import Logging
import SlipwayModel
import SlipwayPorts

/// Talks to one API server, for everybody who deploys to its cluster: its rate and its connections are shared.
///
/// Every call ends within its limit, heeds cancellation, and throws `SlipwayError` with a code of docs/errors.md or
/// `CancellationError`. No message holds a token, a header or a body.
package final class KubernetesClient: Sendable {
  /// What Slipway calls itself in `metadata.managedFields`.
  package static let fieldManager = "slipway"

  let sender: RequestSender
  let clock: any EngineClock
  let random: @Sendable () -> Double
  let logger: Logger

  /// - Parameters:
  ///   - transport: the way to the server; closed by ``close()``.
  ///   - random: from 0 to below 1, for spreading what would come together.
  package init(
    transport: any ClusterTransport, clock: any EngineClock, random: @escaping @Sendable () -> Double, logger: Logger,
    limits: RateLimits = .standard
  ) {
    sender = RequestSender(transport: transport, budget: RateBudget(limits), clock: clock, random: random, logger: logger)
    (self.clock, self.random, self.logger) = (clock, random, logger)
  }

  /// Finds the cluster that an environment names, and opens the way to it; no connection is made before the first call.
  ///
  /// - Parameters:
  ///   - folder: of the project: where relative paths of kubeconfig files begin.
  ///   - finder: where files and variables are looked for.
  ///   - tenure: outside of it nothing is changed; `nil` for a server that needs no Lease.
  /// - Throws: `kubeconfig-missing`, `kubeconfig-invalid`.
  package static func connect(
    _ spec: KubernetesSpec, folder: String = ".", finder: ClusterFinder = .process, clock: any EngineClock,
    random: @escaping @Sendable () -> Double, logger: Logger, limits: RateLimits = .standard, tenure: Tenure? = nil
  ) throws(SlipwayError) -> KubernetesClient {
    let access = try finder.access(context: spec.context, kubeconfig: spec.kubeconfig, folder: folder)
    let transport = try HTTPTransport(access, clock: clock, logger: logger, environment: finder.environment)
    let permitted: any ClusterTransport = tenure.map { TenuredTransport(transport: transport, tenure: $0) } ?? transport
    return KubernetesClient(transport: permitted, clock: clock, random: random, logger: logger, limits: limits)
  }

  /// Ends all connections. Calls after that fail with `cluster-unreachable`.
  package func close() async { await sender.transport.close() }

  // MARK: Paths

  /// `/apis/apps/v1/namespaces/shop/deployments`; of all namespaces for `nil`.
  static func path(of kind: ResourceKind, in namespace: String?) -> String {
    let root = kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.group)/\(kind.version)"
    guard kind.isNamespaced, let namespace else { return "\(root)/\(kind.plural)" }
    return "\(root)/namespaces/\(ClusterRequest.encoded(namespace))/\(kind.plural)"
  }

  /// An empty name would make the path one of all objects.
  static func path(of key: ObjectKey, _ subresource: String? = nil) throws(SlipwayError) -> String {
    guard !key.name.isEmpty, !key.kind.isNamespaced || key.namespace?.isEmpty == false else {
      throw SlipwayError(
        .objectInvalid, .input, "a \(key.kind.kind) is addressed without its name or namespace", remedy: "give both in the manifest")
    }
    let object = path(of: key.kind, in: key.namespace) + "/" + ClusterRequest.encoded(key.name)
    return subresource.map { "\(object)/\($0)" } ?? object
  }

  // MARK: Answers

  /// Sends a request and reads the JSON that a success comes with.
  func exchange(
    _ request: ClusterRequest, _ call: ClusterCall, about key: ObjectKey? = nil, mayBeRepeated: Bool = true
  ) async throws -> JSONValue {
    try json(try await sender.send(request, for: call, mayBeRepeated: mayBeRepeated), call, about: key)
  }

  func json(_ answer: Answer, _ call: ClusterCall, about key: ObjectKey?) throws(SlipwayError) -> JSONValue {
    guard (200..<300).contains(answer.status) else { throw status(answer).error(call.purpose, about: key) }
    do { return try JSONReader.value(of: answer.body) } catch {
      throw .clusterAnswer("can't \(call.purpose): the API server's answer is no JSON", error)
    }
  }

  func status(_ answer: Answer) -> StatusAnswer {
    StatusAnswer(code: answer.status, body: answer.body, hiding: sender.transport.secrets)
  }
}
