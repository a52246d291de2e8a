import Foundation
import SlipwayModel
import SlipwaySimulation
import Testing

@Suite("A campaign")
struct CampaignTests {
  @Test("Three hundred faulted rollouts break no rule")
  func small() async {
    let campaign = Campaign(rollouts: 300, seed: 3, jobs: 1, kinds: FaultKind.allCases)
    let tally = await campaign.run(stoppingAfter: 5)
    #expect(tally.broken.map(\.violation) == [])
    #expect(tally.rollouts >= 300)
    #expect(tally.sightings[.rolledBack] > 0 && tally.sightings[.succeeded] > 0)
  }

  @Test("A campaign that saw too little says what it missed")
  func missed() async {
    let campaign = Campaign(rollouts: 3, seed: 1, jobs: 1, kinds: [.crashAtInstant, .diskFull])
    let report = CampaignReport(campaign: campaign, tally: await campaign.run(), seconds: 1, commit: "none")
    #expect(report.missed.contains("promoted fully by hand"))
    #expect(!report.missed.contains("succeeded"))
  }

  @Test("A seed makes the same round again, and its faults are of the kinds that are asked for")
  func rounds() {
    for number in 0..<200 {
      let seed = Round.seed(of: number, in: 5)
      let round = Round(seed: seed, kinds: [.effectLost, .clockDrift])
      #expect(round == Round(seed: seed, kinds: [.effectLost, .clockDrift]))
      #expect(round.faults.allSatisfy { [.effectLost, .clockDrift].contains($0.kind) })
      #expect(!round.scenario.deployments.isEmpty)
    }
  }

  @Test("What is left out is written down and read again, and leaves out just that")
  func reductions() throws {
    let round = try #require(
      (0..<100).map { Round(seed: Round.seed(of: $0, in: 9), kinds: FaultKind.allCases) }
        .first { $0.faults.count > 3 && $0.scenario.deployments.count > 2 })
    let reduction = try #require(Reduction("faults=0,2;deployments=1"))
    #expect(reduction.description == "faults=0,2;deployments=1")
    var expected = round
    expected.faults.remove(at: 2)
    expected.faults.remove(at: 0)
    expected.scenario.deployments.remove(at: 1)
    #expect(round.reduced(by: reduction).faults == expected.faults)
    #expect(round.reduced(by: reduction).scenario.deployments == expected.scenario.deployments)
    #expect(round.reduced(by: Reduction()) == round)
    #expect(Reduction("faults=x") == nil && Reduction("nothing=1") == nil && Reduction("faults") == nil)
  }

  @Test("A round that is frozen is read again as it was")
  func freezing() throws {
    let round = Round(seed: 77, kinds: FaultKind.allCases)
    let frozen = FrozenRound(name: "an example", rule: .evidence, round: round)
    let json = try frozen.json
    #expect(try FrozenRound(json: json) == frozen)
  }
}
