import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// What was deployed, as text.
enum HistoryText {
  static func list(_ rollouts: [RolloutView], none: String = NothingDeployed.sentence) -> [String] {
    guard !rollouts.isEmpty else { return [none] }
    var table = Table("rollout", "service", "environment", "version", "strategy", "outcome", "took", "by", "why")
    for view in rollouts {
      table.add(
        view.id, "\(view.service)", "\(view.environment)", "\(view.version)", view.strategy, view.phase.rawValue,
        view.finishedAt.map { Figures.wait($0 - view.startedAt) } ?? "–", view.startedBy, why(view).cut(90)
      )
    }
    return table.lines
  }

  /// What the person said who asked for it, and what the machine found.
  private static func why(_ view: RolloutView) -> String {
    [view.startReason, view.reason?.message ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
  }

  static func one(_ news: RolloutNews) -> [String] {
    // The reader is where the sentence would send them.
    [Outcome.sentence(news.rollout, pointsToHistory: false), ""] + news.entries.map(EntryLine.full)
  }
}
