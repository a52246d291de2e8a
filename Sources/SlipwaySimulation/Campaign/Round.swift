import SlipwayModel

/// One run of a campaign in full: made from a seed, or from a seed less what a ``Reduction`` leaves out.
package struct Round: Hashable, Sendable {
  package let seed: UInt64
  package var scenario: Scenario
  package var faults: [Fault]

  /// Makes the round of a seed.
  ///
  /// - Parameter kinds: what may go wrong.
  package init(seed: UInt64, kinds: [FaultKind]) {
    self.seed = seed
    var generator = Generator(seed: seed)
    scenario = generator.scenario()
    faults = generator.faults(of: kinds)
  }

  /// The seed of the n-th round of a campaign.
  package static func seed(of number: Int, in campaign: UInt64) -> UInt64 {
    var mixer = SplitMix64(state: campaign ^ UInt64(number) &* 0x2545_f491_4f6c_dd1d)
    return mixer.next()
  }

  /// Plans of a campaign are short, and at five looks a second this is more than ten hours: a rollout that waits for what does not come
  /// must not make the campaign wait with it.
  private static let mostLooks = 200_000

  package func run(tracing: Bool = false, on scheduler: SimulatedScheduler) async -> RunReport {
    await Simulation.run(scenario, faults: faults, tracing: tracing, mostLooks: Self.mostLooks, on: scheduler)
  }
}
