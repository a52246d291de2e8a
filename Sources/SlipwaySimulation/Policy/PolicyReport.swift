import SlipwayEngine
import SlipwayModel

/// Everything that `slipway simulate` found out; its JSON document.
package struct PolicyReport: Hashable, Sendable {
  package let project: Name
  package let service: Name
  package let plan: Plan
  package let environment: Name
  package let traffic: StatedTraffic
  package let seed: UInt64
  /// Runs of each kind of release.
  package let runs: Int
  package let faults: [String]
  /// What the environment asks for and the simulation leaves out.
  package let leftOut: [String]
  package let stages: [StageSight]
  package let results: [TrialResult]
  package let advice: [Advice]
  package let proposal: CheckedProposal?
  /// Rules of the engine that were broken in any run, in words: none, unless Slipway has a defect.
  package let violations: [String]
  /// Times that the engine looked at the world in the runs of ``results``.
  package let looks: Int

  package init(
    project: Name, experiment: Experiment, faults: [String], results: [TrialResult], runs: Int, proposal: CheckedProposal?,
    violations: [String],
    looks: Int
  ) {
    self.project = project
    service = experiment.plan.key.service
    plan = experiment.plan
    environment = experiment.plan.key.environment
    traffic = experiment.traffic
    seed = experiment.seed
    self.runs = runs
    self.faults = faults
    leftOut = experiment.leftOut
    let adviser = Adviser(plan: plan, traffic: traffic)
    stages = adviser.sights
    advice = adviser.advice
    self.results = results
    self.proposal = proposal
    self.violations = violations
    self.looks = looks
  }

  /// Time that the plan itself waits until promotion.
  package var untilPromotion: TimeSpan { plan.steps.reduce(plan.service.health.minimumHealthyTime) { $0 + $1.hold } }

  /// The largest share of wrong decisions over all kinds of releases.
  package var worstShare: Double { results.map(\.wrong).max() ?? 0 }
}

/// A proposal together with what it reached when it was simulated.
package struct CheckedProposal: Hashable, Sendable {
  /// How one kind of release fares under the old and the new numbers.
  package struct Row: Hashable, Sendable {
    package let before: TrialResult
    package let after: TrialResult

    package init(before: TrialResult, after: TrialResult) {
      self.before = before
      self.after = after
    }
  }

  package let proposal: Proposal
  package let rows: [Row]

  package init(_ proposal: Proposal, rows: [Row]) {
    self.proposal = proposal
    self.rows = rows
  }
}

extension Experiment {
  /// Better numbers for this environment, when arithmetic finds any.
  package var proposal: Proposal? { Proposer.proposal(for: environment, plan: plan, traffic: traffic) }

  /// Of these results the ones that a proposal has to be compared with: the healthy ones and those that went wrong.
  package static func compared(_ results: [TrialResult]) -> [TrialResult] {
    results.filter { $0.trial.id == "healthy" || $0.verdict == .wrong || $0.verdict == .weak }
  }
}
