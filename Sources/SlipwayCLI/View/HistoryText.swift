import SlipwayEngine
import SlipwayModel
import SlipwayRuntime
import SlipwayServer

/// What was deployed, as text.
enum HistoryText {
  static func list(_ rollouts: [RolloutView]) -> [String] {
    guard !rollouts.isEmpty else { return [NothingDeployed.sentence] }
    var table = Table("rollout", "service", "environment", "version", "strategy", "outcome", "took", "by", "why")
    for view in rollouts {
      table.add(
        view.id, "\(view.service)", "\(view.environment)", "\(view.version)", view.strategy, view.phase.rawValue,
        view.finishedAt.map { Figures.wait($0 - view.startedAt) } ?? "–", view.startedBy, (view.reason?.message ?? view.startReason).cut(60)
      )
    }
    return table.lines
  }

  static func one(_ news: RolloutNews) -> [String] {
    [Outcome.sentence(news.rollout), ""] + news.entries.map(EntryLine.full)
  }
}
