import SlipwayModel

/// What a campaign came to, in words.
package struct CampaignReport: Sendable {
  package let campaign: Campaign
  package let tally: Campaign.Tally
  /// Real time that it took.
  package let seconds: Double
  package let commit: String

  package init(campaign: Campaign, tally: Campaign.Tally, seconds: Double, commit: String) {
    self.campaign = campaign
    self.tally = tally
    self.seconds = seconds
    self.commit = commit
  }

  /// Several lines: how much was run, how it ended, what was seen.
  package var summary: String {
    let rate = Int(Double(tally.rollouts) / max(seconds, 0.001))
    let outcomes = tally.outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    var lines = [
      "\(tally.rollouts) rollouts in \(tally.rounds) rounds: \(tally.events) events, \(tally.servers) servers, \(tally.requests) requests",
      "\(Int(seconds)) s on \(campaign.jobs) processors, \(rate) rollouts/s; seed \(campaign.seed), commit \(commit)",
      "ends: \(outcomes)",
    ]
    let faults = campaign.kinds.map { "\($0.rawValue) \(tally.struck[$0, default: 0])" }
    if !faults.isEmpty { lines.append("faults: " + faults.joined(separator: ", ")) }
    lines.append("seen: " + Sighting.allCases.map { "\($0.name) \(tally.sightings[$0])" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  /// What should have happened at least once and did not.
  package var missed: [String] {
    let hasFaults = Set(campaign.kinds) == Set(FaultKind.allCases)
    let sightings = Sighting.allCases.filter { tally.sightings[$0] == 0 && !$0.isRare && (hasFaults || !$0.needsFaults) }.map(\.name)
    return sightings + campaign.kinds.filter { tally.struck[$0] == nil }.map { "fault " + $0.rawValue }
  }
}
