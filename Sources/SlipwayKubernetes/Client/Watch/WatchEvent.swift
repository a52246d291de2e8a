import SlipwayModel

/// What a watch tells of the objects that it looks at.
package enum WatchEvent: Hashable, Sendable {
  /// These are all; whatever else was known is gone. Comes first, and again when the server no longer knows what happened since.
  case listed([ObjectDocument])
  /// Added or changed.
  case changed(ObjectDocument)
  /// Deleted, or no longer selected; as it was last.
  case removed(ObjectDocument)
  /// Nothing was missed until now: the server has said so, or the stream of events has been opened.
  case current
  /// No events come, for this reason. The watch tries again by itself.
  case interrupted(SlipwayError)
}

/// A line of the stream of a watch (Kubernetes API, "Efficient detection of changes").
enum WatchLine {
  case changed(ObjectDocument)
  case removed(ObjectDocument)
  case bookmark(resourceVersion: String)
  case failed(StatusAnswer)

  /// - Throws: `JSONReader.Mistake`.
  init(_ line: [UInt8], kind: ResourceKind, hiding secrets: [String]) throws {
    let json = try JSONReader.value(of: line)
    guard let object = json["object"], object.members != nil else {
      throw JSONReader.Mistake(words: "an event without an object", offset: 0)
    }
    switch json["type"]?.text {
    case "ADDED", "MODIFIED": self = .changed(KubernetesClient.named(object, kind))
    case "DELETED": self = .removed(KubernetesClient.named(object, kind))
    case "BOOKMARK": self = .bookmark(resourceVersion: ObjectDocument(object).resourceVersion ?? "")
    case "ERROR": self = .failed(StatusAnswer(code: object["code"]?.integer ?? 500, json: object, hiding: secrets))
    default: throw JSONReader.Mistake(words: "an event of a kind that is not known", offset: 0)
    }
  }
}
