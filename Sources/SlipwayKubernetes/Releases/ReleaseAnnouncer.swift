import SlipwayModel
import SlipwayPorts

/// Tells what happens to a Release as Events of its namespace, each entry of the journal once, also across restarts: the name of an
/// Event follows from what it tells.
struct ReleaseAnnouncer: Sendable {
  let client: KubernetesClient

  /// The entry up to which an Event that is counted up has counted.
  private static let entryAnnotation = "slipway.dev/entry"

  /// - Throws: those of the client; what was told until then is told.
  func announce(_ news: [ReleaseNews], about release: DeclaredRelease) async throws {
    for one in news where !one.repeats {
      try await make(name(release, "\(one.rollout)/\(one.entry)"), release, one, count: 1)
    }
    for (reason, all) in Dictionary(grouping: news.filter(\.repeats), by: { "\($0.rollout)/\($0.reason)" }) {
      try await count(all, as: name(release, reason), release)
    }
  }

  /// Tells of what no journal has: why nothing is begun.
  func announce(_ outcome: ReleaseOutcome, about release: DeclaredRelease, at now: Timestamp) async throws {
    let one = ReleaseNews(
      rollout: "", entry: -1, at: now, reason: outcome.reason, message: outcome.message, isWarning: outcome.state == .stalled,
      repeats: false)
    try await make(name(release, "\(release.generation)/\(outcome.reason)/\(outcome.message)"), release, one, count: 1)
  }

  private func name(_ release: DeclaredRelease, _ subject: String) -> String {
    let digest = Digest(hashing: Array("\(release.uid)/\(subject)".utf8))
    // Names of Events are DNS subdomains, 253 characters at most.
    return "\(release.name.prefix(230)).\(digest.hexadecimal.prefix(16))"
  }

  private func call(_ verb: String, _ release: DeclaredRelease) -> ClusterCall {
    ClusterCall("\(verb) an Event about \(release.words)", within: .seconds(10))
  }

  private func make(_ name: String, _ release: DeclaredRelease, _ news: ReleaseNews, count: Int) async throws {
    let key = ObjectKey(.event, namespace: release.namespace.description, name: name)
    do {
      _ = try await client.create(event(key, release, news, count: count), as: key, call("make", release))
    } catch let error as SlipwayError where error.code == .objectExists {
      // It was told before the status could say so.
    }
  }

  /// One Event for all of a kind, with their number.
  private func count(_ news: [ReleaseNews], as name: String, _ release: DeclaredRelease) async throws {
    guard let newest = news.last else { return }
    let key = ObjectKey(.event, namespace: release.namespace.description, name: name)
    guard let present = try await client.get(key, call("look at", release)) else {
      return try await make(name, release, newest, count: news.count)
    }
    let told = present.annotations[Self.entryAnnotation].flatMap { Int64($0) } ?? -1
    let more = news.filter { $0.entry > told }.count
    guard more > 0 else { return }
    let patch: JSONValue = [
      "metadata": ["annotations": [Self.entryAnnotation: .text(String(newest.entry))]],
      "count": .integer((present.json["count"]?.integer ?? 1) + more), "lastTimestamp": ReleaseStatus.instant(newest.at),
      "message": .text(ReleaseStatus.cut(newest.message, 1024)),
    ]
    _ = try await client.patch(key, .merge(patch), call("count up", release))
  }

  /// An Event of the core group, as `kubectl describe` shows them.
  private func event(_ key: ObjectKey, _ release: DeclaredRelease, _ news: ReleaseNews, count: Int) -> ObjectDocument {
    var document = ObjectDocument(key, annotations: news.entry < 0 ? [:] : [Self.entryAnnotation: String(news.entry)])
    let kind = ReleaseDefinition.kind
    document.json["involvedObject"] = [
      "apiVersion": .text(kind.apiVersion), "kind": .text(kind.kind), "namespace": .text(release.namespace.description),
      "name": .text(release.name), "uid": .text(release.uid),
    ]
    document.json["type"] = news.isWarning ? "Warning" : "Normal"
    document.json["reason"] = .text(ReleaseStatus.cut(news.reason, 128))
    document.json["message"] = .text(ReleaseStatus.cut(news.message, 1024))
    document.json["source"] = ["component": "slipway"]
    document.json["reportingComponent"] = "slipway.dev/release-controller"
    document.json["reportingInstance"] = "slipway"
    document.json["firstTimestamp"] = ReleaseStatus.instant(news.at)
    document.json["lastTimestamp"] = ReleaseStatus.instant(news.at)
    document.json["count"] = .integer(count)
    return document
  }
}
