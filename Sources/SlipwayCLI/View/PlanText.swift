import SlipwayEngine
import SlipwayModel

/// What a deployment will do, step by step, as text.
struct PlanText {
  let preview: PlanPreview
  private var plan: Plan { preview.plan }

  func lines(colour: Bool) -> [String] {
    let style = Style(hasColour: colour)
    var lines = [style("\(plan.key.service) in \(plan.key.environment)", .bold) + ": \(plan.strategy) to \(plan.version)"]
    lines += place + [assumption, ""]
    var table: [(String, String)] = gates(.deploy) + [("release", release), ("start", start)]
    let promotion = plan.steps.firstIndex { $0.weight == .hundred }
    for (index, step) in plan.steps.enumerated() {
      if index == promotion { table += gates(.promotion) }
      table.append((step.name, self.step(step)))
    }
    if plan.bake > .zero { table.append(("bake", bake)) }
    for (index, row) in table.enumerated() {
      lines.append("  \(String(index + 1).leftPadded(2))  \(row.0.cut(16).padded(17))\(row.1)")
    }
    lines += address
    lines += variables
    lines += manifests
    lines += ["", "Takes at least \(preview.minimumToPromotion) to promotion, \(preview.minimumInAll) in all."]
    lines.append("Rollback: \(preview.rollback.sentence)")
    lines += alarms
    lines += FigureSources(plan: plan).lines
    if plan.analysis != nil { lines += ForecastText.lines(preview.forecast, plan) }
    return lines
  }

  private var place: [String] {
    guard let cluster = plan.kubernetes else { return [] }
    let context = cluster.context.map { " of \($0)" } ?? ""
    return ["in namespace \(cluster.namespace)\(context), behind the router \(cluster.router.words)"]
  }

  private var assumption: String {
    switch preview.basis {
    case .journal: plan.live.map { "\($0.release.version) is live in \($0.slot.rawValue)" } ?? "nothing is live: this is the first release"
    case .assumed: "no server was asked: another release is assumed to be live (--first plans the first one)"
    case .first: "planned as the first release"
    }
  }

  private var address: [String] {
    guard let old = plan.live?.listen, let new = plan.listen, old != new else { return [] }
    return ["", "Address: moves from \(old) to \(new) once the release has all the traffic, and back when it goes back"]
  }

  /// Names only, and which of them the live release has with another value or not at all. Values are nobody's business here.
  private var variables: [String] {
    differences("Variables", Self.digests(plan.service.variables), plan.live.map { Self.digests($0.service.variables) })
  }

  /// The user's objects that the workloads are made from, in the same manner.
  private var manifests: [String] {
    differences(
      "Manifests", plan.service.manifests.map { Self.digests($0) } ?? [:],
      plan.live.map { $0.service.manifests.map { Self.digests($0) } ?? [:] })
  }

  private func differences(_ title: String, _ candidate: [String: KeyedDigest], _ before: [String: KeyedDigest]?) -> [String] {
    let live = preview.basis == .journal ? before : nil
    var words = candidate.sorted { $0.key < $1.key }.map { name, digest in
      guard let live else { return name }
      return live[name] == digest ? name : name + (live[name] == nil ? " (new)" : " (changed)")
    }
    words += (live ?? [:]).keys.filter { candidate[$0] == nil }.sorted().map { $0 + " (removed)" }
    return words.isEmpty ? [] : ["", "\(title): " + words.joined(separator: ", ")]
  }

  private static func digests(_ variables: Variables) -> [String: KeyedDigest] {
    switch variables {
    case .sealed(let set): set.digests
    case .values: [:]
    }
  }

  private func gates(_ place: GateSpec.Place) -> [(String, String)] {
    (plan.gates ?? []).filter { $0.before == place }.map { gate in
      let question =
        switch gate.means {
        case .command(let arguments): "`\(arguments.joined(separator: " "))` passes"
        case .webhook(let url, _): "\(url) says so"
        }
      return ("gate", "\(gate.name): goes on once \(question); asked for up to \(gate.timeout)")
    }
  }

  private var release: String {
    guard let source = plan.source else { return "is there already" }
    if let cluster = plan.kubernetes {
      switch cluster.pinning {
      case .digest: return "ask the registry for the digest of \(source.artifact)"
      case .tag: return "take \(source.artifact), whatever the tag stands for"
      }
    }
    return (source.build.map { "run `\($0)`, then " } ?? "") + "copy \(source.artifact) to a folder of its own and record its digest"
  }

  private var start: String {
    let first = plan.steps.first?.candidateReplicas ?? plan.replicas
    let health = plan.service.health
    return
      "\(Figures.replicas(first)) in \(plan.candidateSlot.rawValue), ready for \(health.minimumHealthyTime) within \(plan.limits.ready); no traffic yet"
  }

  private func step(_ step: PlanStep) -> String {
    var parts = ["\(step.weight) of the traffic"]
    if let live = plan.live, step.liveReplicas != live.replicas || step.candidateReplicas != plan.replicas {
      parts.append("\(Figures.replicas(step.candidateReplicas)) of \(plan.version), \(step.liveReplicas) of \(live.release.version)")
    }
    if let advance = step.advance {
      parts.append("left as soon as it is safe, from \(advance.minimum) on; after \(advance.maximum) unless something speaks against it")
    } else if step.hold > .zero {
      parts.append("held for \(step.hold)")
    }
    if let compared = step.compared, !compared.isEmpty {
      parts.append(compared.map(comparison(of:)).joined(separator: " and "))
    }
    if !step.criteria.isEmpty {
      let criteria = step.criteria.map(\.description).joined(separator: ", ")
      parts.append("passes with \(criteria) over at least \(Figures.requests(step.minimumRequests))")
    }
    if let score = step.score {
      let middle = score.marginal < score.pass ? "; goes back below \(ScoreSpec.text(score.marginal))" : ""
      parts.append("passes with a \(score)\(middle)")
    }
    return parts.joined(separator: "; ")
  }

  private func comparison(of metric: ComparedMetric) -> String {
    "\(metric.rawValue) not worse than stable" + (plan.analysis?.tolerance(of: metric).map { " by more than \($0)" } ?? "")
  }

  private var bake: String {
    "watched for \(plan.bake)" + (plan.keepsPreviousWarm ? "; the previous release keeps its replicas" : "; the previous release is gone")
  }

  private var alarms: [String] {
    guard plan.live != nil else { return [] }
    let rollback = plan.rollback
    var reasons = rollback.triggers.map(\.description)
    if rollback.guardrail { reasons.append("it fails grossly more often than the live release") }
    reasons.append("\(rollback.healthCheckFailures) health checks fail in a row")
    return ["Goes back by itself (\(rollback.style.rawValue)) when " + reasons.joined(separator: ", or ") + "."]
  }
}
