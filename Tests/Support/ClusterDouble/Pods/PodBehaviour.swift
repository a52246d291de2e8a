import SlipwayModel

/// How the program in a pod behaves.
///
/// Chosen by the pod's annotation `double/behaviour`, by ``ClusterSettings/images``, or by the end of the image's tag:
/// `api:never-ready` and `api:v2-crash-after-3s` behave as they say.
package enum PodBehaviour: Hashable, Sendable {
  /// `ready`: after ``ClusterSettings/readinessTakes``.
  case ready
  /// `slow-10s`: passes its readiness probe after this time.
  case slow(TimeSpan)
  /// `never-ready`.
  case neverReady
  /// `crash`: ends with status 1 right after its start, every time.
  case crashAtStart
  /// `crash-after-3s`: becomes ready, then ends with status 1, every time.
  case crashAfter(TimeSpan)
  /// `oom-after-3s`: becomes ready, then is killed for its memory, every time.
  case outOfMemory(TimeSpan)
  /// `image-missing`: the image cannot be pulled.
  case imageMissing
  /// `unschedulable`: no node has room.
  case unschedulable

  package init?(_ text: String) {
    switch text {
    case "ready": self = .ready
    case "never-ready": self = .neverReady
    case "crash": self = .crashAtStart
    case "image-missing": self = .imageMissing
    case "unschedulable": self = .unschedulable
    default:
      let timed: [(prefix: String, make: (TimeSpan) -> PodBehaviour)] = [
        ("slow-", { .slow($0) }), ("crash-after-", { .crashAfter($0) }), ("oom-after-", { .outOfMemory($0) }),
      ]
      for (prefix, make) in timed where text.hasPrefix(prefix) {
        guard let span = TimeSpan(String(text.dropFirst(prefix.count))) else { return nil }
        self = make(span)
        return
      }
      return nil
    }
  }

  static let annotation = "double/behaviour"

  static func of(_ pod: JSONValue, _ settings: ClusterSettings) -> PodBehaviour {
    if let text = pod["metadata", "annotations", annotation]?.text, let behaviour = PodBehaviour(text) { return behaviour }
    let image = pod["spec", "containers"]?.items?.first?["image"]?.text ?? ""
    let known = settings.images.filter { image.contains($0.key) }.max { ($0.key.count, $0.key) < ($1.key.count, $1.key) }
    if let known { return known.value }
    let path = image.split(separator: "@").first?.split(separator: "/").last ?? ""
    guard let colon = path.firstIndex(of: ":") else { return .ready }
    var tag = path[path.index(after: colon)...]
    while true {
      if let behaviour = PodBehaviour(String(tag)) { return behaviour }
      guard let dash = tag.firstIndex(of: "-") else { return .ready }
      tag = tag[tag.index(after: dash)...]
    }
  }
}
