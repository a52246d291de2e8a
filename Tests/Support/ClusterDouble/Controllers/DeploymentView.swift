import SlipwayModel

/// A Deployment with its ReplicaSets, in the numbers that its controller counts with.
struct DeploymentView: Sendable {
  let deployment: StoredObject
  /// The one whose template is the Deployment's.
  var new: StoredObject?
  /// The others, oldest first.
  var old: [StoredObject]

  var json: JSONValue { deployment.json }
  var replicas: Int { json["spec", "replicas"]?.integer ?? 1 }
  var isPaused: Bool { json["spec", "paused"] == .flag(true) }
  var isRolling: Bool { json["spec", "strategy", "type"]?.text != "Recreate" }
  var all: [StoredObject] { old + (new.map { [$0] } ?? []) }
  var oldWithPods: [StoredObject] { old.filter { Self.wanted($0) > 0 } }

  static func wanted(_ set: StoredObject) -> Int { set.json["spec", "replicas"]?.integer ?? 0 }
  static func available(_ set: StoredObject) -> Int { set.json["status", "availableReplicas"]?.integer ?? 0 }
  static func exists(_ set: StoredObject) -> Int { set.json["status", "replicas"]?.integer ?? 0 }

  /// Surge is rounded up, unavailability down, and both cannot be zero (`ResolveFenceposts`).
  private var fenceposts: (surge: Int, unavailable: Int) {
    let update = json["spec", "strategy", "rollingUpdate"] ?? [:]
    let surge = IntOrPercent.resolve(update["maxSurge"] ?? 0, of: replicas, roundsUp: true)
    let unavailable = IntOrPercent.resolve(update["maxUnavailable"] ?? 0, of: replicas, roundsUp: false)
    return (surge, surge == 0 && unavailable == 0 ? 1 : unavailable)
  }

  var maxSurge: Int { isRolling ? fenceposts.surge : 0 }
  var maxUnavailable: Int { isRolling && replicas > 0 ? min(fenceposts.unavailable, replicas) : 0 }

  /// How many pods the new ReplicaSet is to have now (`NewRSNewReplicas`).
  func wantedOfNew(current: Int) -> Int {
    guard isRolling else { return replicas }
    let total = all.reduce(0) { $0 + Self.wanted($1) }
    let most = replicas + maxSurge
    guard total < most else { return current }
    return current + max(min(most - total, replicas - current), 0)
  }

  /// The pod template's own name in names and labels: FNV-1a of the template, in letters that make no words.
  static func hash(_ template: JSONValue) -> String {
    var hash: UInt32 = 2_166_136_261
    for byte in JSONWriter.write(template, sorted: true) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    return String(String(hash).utf8.map { letters[Int($0) % letters.count] })
  }

  /// A ReplicaSet's template as it stood in the Deployment.
  static func template(of set: StoredObject) -> JSONValue? {
    var template = set.json["spec", "template"]
    template?.set(nil, at: ["metadata", "labels", hashLabel])
    return template
  }

  static let hashLabel = "pod-template-hash"
  static let revision = "deployment.kubernetes.io/revision"
  static let desired = "deployment.kubernetes.io/desired-replicas"
  static let most = "deployment.kubernetes.io/max-replicas"
}
