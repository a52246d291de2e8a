import ClusterDouble
import SlipwayModel

/// What one seed stands for: where a service runs, which releases it gets, what people do and what goes wrong.
package struct ClusterScene: Sendable {
  package let seed: UInt64
  /// `service`, `replicas`, `nginx`, `istio`, `gateway_api`.
  package let routerName: String
  let router: KubernetesRouter
  /// What the user's route is, where there is one.
  let route: JSONValue?
  /// The host that requests ask for.
  let host: String
  let replicas: Int
  let releases: [SceneRelease]
  package let troubles: [Trouble]
  /// Before the first release; otherwise they begin with the second.
  let troublesBeginAtOnce: Bool
  let settings: ClusterSettings
  /// The longest that a message is on its way, in milliseconds.
  let longestLatency: Int

  static let namespace = literal("shop")
  static let key = DeploymentKey(service: literal("api"), environment: literal("production"))
  static let start = Timestamp(milliseconds: 1_800_000_000_000)

  /// Names that are valid as they stand.
  private static func literal(_ text: String) -> Name {
    guard let name = Name(text) else { preconditionFailure("\(text) is a name") }
    return name
  }

  /// A line that says what the scene is.
  package var words: String {
    let releases = releases.map { release in
      let acts = release.acts.map { "\($0.kind.rawValue)@\($0.after)" }.joined(separator: ",")
      return "\(release.version) \(release.strategy.name)\(release.supersedes ? " supersedes@\(release.after)" : "") [\(acts)]"
    }
    return "\(routerName), \(replicas) replicas; \(releases.joined(separator: "; ")); "
      + troubles.map(\.words).joined(separator: ", ")
  }
}

/// A release and what becomes of it.
struct SceneRelease: Sendable {
  enum Sort: String, CaseIterable, Sendable {
    case healthy, crashing, neverReady, failing, slow
  }

  let version: Version
  let sort: Sort
  /// How many of its requests fail, in percent.
  let errors: Int
  let strategy: StrategySpec
  let rollback: RollbackSpec
  /// Whether it is asked for while the one before is under way.
  let supersedes: Bool
  /// From the end of the one before, or from its beginning.
  let after: TimeSpan
  let acts: [SceneAct]
}

/// What a person does about a rollout.
struct SceneAct: Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case abort, promote, promoteFully, rollback, pause
  }

  let kind: Kind
  /// From the beginning of the rollout.
  let after: TimeSpan
  /// After a pause: when it is taken back.
  let pause: TimeSpan
}

/// What goes wrong, from when and for how long.
package struct Trouble: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// Half of all calls are answered with 500 or 503.
    case errors
    /// Half of all calls are answered with 429.
    case throttled
    /// Half of the writes meet a conflict.
    case conflicts
    /// Half of all calls take seconds.
    case slow
    /// No call is answered, and watches break off.
    case down
    /// Half of the writes are carried out and not answered.
    case unanswered
    /// Half of all calls break before anything is done.
    case unsent
    /// Watches break off again and again.
    case watchBroken
    /// Watches tell nothing.
    case watchStalled
    /// History is forgotten, and watches that begin again are told 410.
    case compacted
    /// Controllers do nothing.
    case controllers
    /// The pods of a slot are deleted.
    case podsDeleted
    /// The programs of a slot end.
    case podsKilled
    /// The pods of a slot fail their probes.
    case podsUnready
    /// The server is killed at an instant.
    case crash
    /// The server is killed before one of its next appends, or after it.
    case crashAtAppend
    /// The server is killed before one of its next writes to the cluster, or after it.
    case crashAtWrite
    /// The server stands still; another one takes over; the old one goes on.
    case frozen
    /// Another server takes over while the old one goes on.
    case twoServers
  }

  package let kind: Kind
  /// From the end of the first rollout, or the beginning.
  let at: TimeSpan
  let length: TimeSpan
  /// Which slot, which controller, which call: whatever the kind has to choose.
  let choice: Int

  var words: String { "\(kind.rawValue)#\(choice)@\(at)+\(length)" }
}
