import SlipwayModel

/// The status of a Release: a pure function of what is known and of the status before.
struct ReleaseStatus: Hashable, Sendable {
  let json: JSONValue

  init(_ json: JSONValue) { self.json = json }

  /// - Parameters:
  ///   - digest: of what the generation asks for; `nil` keeps what was known.
  ///   - entry: the newest entry of the journal that an Event was made of.
  ///   - previous: what was told before.
  init(
    generation: Int, digest: Digest?, _ outcome: ReleaseOutcome, follows rollout: RolloutFacts?, liveVersion: Version?, entry: Int64?,
    previous: ReleaseStatus?, at now: Timestamp
  ) {
    var status: JSONValue = ["observedGeneration": .integer(generation)]
    status["request"] = digest.map { .text($0.description) } ?? previous?.json["request"]
    status["requestGeneration"] =
      digest.map { .integer(min(generation, previous?.seen?.since($0) ?? 1)) } ?? previous?.json["requestGeneration"]
    status["entry"] = entry.map { .integer(Int($0)) }
    status["liveVersion"] = liveVersion.map { .text($0.description) }
    if let rollout {
      status["rollout"] = .text(rollout.id)
      status["phase"] = .text(rollout.phase.rawValue)
      status["share"] = .integer(Self.whole(rollout.share))
      status["planDigest"] = .text(rollout.planDigest.description)
      status["startedAt"] = Self.instant(rollout.startedAt)
      status["finishedAt"] = rollout.finishedAt.map(Self.instant)
      status["step"] = rollout.step.map {
        ["number": .integer($0.number), "count": .integer($0.count), "name": .text(Self.cut($0.name, 256))]
      }
    }
    let before = previous?.json["conditions"]?.items ?? []
    status["conditions"] = .list(
      Self.conditions(outcome).map { type, isTrue in
        let value = isTrue.map { $0 ? "True" : "False" } ?? "Unknown"
        let old = before.first { $0["type"]?.text == type }
        let since = old?["status"]?.text == value ? old?["lastTransitionTime"] : nil
        return [
          "type": .text(type), "status": .text(value), "observedGeneration": .integer(generation),
          "lastTransitionTime": since ?? Self.instant(now), "reason": .text(outcome.reason),
          "message": .text(Self.cut(outcome.message, 4096)),
        ]
      })
    json = status
  }

  /// `Ready` always, the other two while they are so: what kstatus and the tools that build on it read.
  private static func conditions(_ outcome: ReleaseOutcome) -> [(type: String, isTrue: Bool?)] {
    switch outcome.state {
    case .ready: [("Ready", true)]
    case .reconciling: [("Ready", nil), ("Reconciling", true)]
    case .stalled: [("Ready", false), ("Stalled", true)]
    }
  }

  /// In whole percents; only nothing is 0, and only all is 100.
  static func whole(_ share: Percentage) -> Int {
    if share == .zero || share == .hundred { return share.basisPoints / 100 }
    return min(99, max(1, (share.basisPoints + 50) / 100))
  }

  /// Instants of the API have no fraction.
  static func instant(_ at: Timestamp) -> JSONValue {
    .text(Timestamp(milliseconds: at.milliseconds - at.milliseconds % 1000).description.replacing(".000Z", with: "Z"))
  }

  /// At most so many bytes of UTF-8, at the border of a character.
  static func cut(_ text: String, _ count: Int) -> String {
    guard text.utf8.count > count else { return text }
    var kept = ""
    var size = 0
    for character in text {
      size += character.utf8.count
      if size > count - 3 { break }
      kept.append(character)
    }
    return kept + "…"
  }

  // MARK: Reading it again

  var seen: SeenRelease? {
    json["observedGeneration"]?.integer.map { generation in
      SeenRelease(
        generation: generation, request: json["request"]?.text.flatMap { Digest($0) },
        since: json["requestGeneration"]?.integer ?? 1)
    }
  }

  var entry: Int64? { json["entry"]?.integer.map(Int64.init) }

  private func condition(_ type: String) -> JSONValue? { json["conditions"]?.items?.first { $0["type"]?.text == type } }

  /// Reason and message of `Ready`.
  var ready: [String?] { ["reason", "message"].map { condition("Ready")?[$0]?.text } }

  /// Whether two differ in more than figures, so that somebody may wait for the difference.
  func isUrgent(after previous: ReleaseStatus?) -> Bool {
    func essence(_ status: ReleaseStatus) -> JSONValue {
      var json = status.json
      for figure in ["share", "step", "entry"] { json[figure] = nil }
      json["conditions"] = .list((json["conditions"]?.items ?? []).map { [$0["type"] ?? "", $0["status"] ?? "", $0["reason"] ?? ""] })
      return json
    }
    return previous.map { essence($0) != essence(self) } ?? true
  }
}
