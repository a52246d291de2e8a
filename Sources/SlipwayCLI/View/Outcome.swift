import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// How a rollout ended, or what is known of it so far, in a sentence or two.
enum Outcome {
  ///
  /// - Parameter pointsToHistory: whether `slipway history` is named as the place that tells more.
  static func sentence(_ view: RolloutView, pointsToHistory: Bool = true) -> String {
    let more = pointsToHistory ? "; `slipway history \(view.id)` tells each step" : ""
    let what = "\(view.version) of \(view.service) in \(view.environment)"
    switch view.phase {
    case .succeeded:
      return "\(what) is live" + took(view)
    case .baking:
      let warm = view.warmUntil.map { "; until \($0) `slipway rollback` goes back to \(name(view.previousVersion)) by one switch" }
      return "\(what) is live" + (view.bakeMilliseconds > .zero ? " and watched" : "") + (warm ?? "")
    case .rolledBack:
      return "\(what) went back" + took(view) + ": \(view.reason?.message ?? "no reason is known")\n"
        + (view.previousVersion.map { "\($0) has the traffic" } ?? "nothing has the traffic")
        + more
    case .failed:
      return "\(what) failed" + took(view) + ": \(view.reason?.message ?? "no reason is known")\n"
        + "traffic is where `slipway status` says, and a human is needed" + more
    case .rollingBack:
      return "\(what) is going back: \(view.reason?.message ?? "no reason is known"); `slipway watch \(view.id)` follows it"
    case .pending, .building, .deploying, .validating, .shifting:
      let paused = view.paused ? ", paused" + because(view.pauseReason) : ""
      return
        "\(what) is \(view.phase.rawValue)\(step(view))\(paused); `slipway watch \(view.id)` follows it, `slipway abort \(view.id)` ends it"
    }
  }

  private static func step(_ view: RolloutView) -> String {
    guard view.phase == .shifting, let step = view.step else { return "" }
    return " at step \(step.index + 1) of \(step.count) (\(step.name))"
  }

  /// `: the reason`, or nothing when none was given.
  static func because(_ reason: String?) -> String {
    guard let reason, !reason.isEmpty else { return "" }
    return ": \(reason)"
  }

  private static func name(_ version: Version?) -> String { version?.description ?? "the previous version" }

  private static func took(_ view: RolloutView) -> String {
    view.finishedAt.map { " after \(Figures.wait($0 - view.startedAt))" } ?? ""
  }
}
