import SlipwayStatistics

extension PolicyCatalogue {
  /// The reference's policies, made of Slipway's statistics, with the guard against overdispersion off as in its tables: fixed
  /// schedule (seq), adaptive with a bake at 50 % (seqB), adaptive without (seqF). They show that worlds and statistics agree.
  static let imitations: [NamedPolicy] = [
    fixed("seq1%", 0.01), fixed("seq5%", 0.05), adaptive("seqB1%", 0.01), adaptive("seqB5%", 0.05), adaptive("seqF5%", 0.05, bake: 0),
  ]

  /// What is judged: first what rollouts use, then the reference's with its guard on.
  static let own: [NamedPolicy] = [
    NamedPolicy(name: "slipway1%", role: .own, looks: SlipwayPolicy.looks) { SlipwayPolicy($0) },
    adaptive("seqB1%+guard", 0.01, guarded: true, role: .own),
  ]

  private static func fixed(_ name: String, _ alpha: Double) -> NamedPolicy {
    NamedPolicy(name: name, role: .imitation) { FixedSequential($0, alpha: alpha, design: .standard(guarded: false)) }
  }

  private static func adaptive(
    _ name: String, _ alpha: Double, bake: Double = 300, guarded: Bool = false, role: NamedPolicy.Role = .imitation
  ) -> NamedPolicy {
    NamedPolicy(name: name, role: role) {
      AdaptiveSequential($0, alpha: alpha, design: .standard(guarded: guarded), climb: AdaptiveSequential.Climb(bake: bake))
    }
  }
}
