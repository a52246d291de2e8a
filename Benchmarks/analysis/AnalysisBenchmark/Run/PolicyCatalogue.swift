/// Every policy that the tables compare.
enum PolicyCatalogue {
  static let incumbents: [NamedPolicy] = [
    NamedPolicy(name: "seed") { _ in SeedAlerts() },
    NamedPolicy(name: "flagger60") { _ in Flagger(every: 6, threshold: 5, window: 6) },
    NamedPolicy(name: "flagger30") { _ in Flagger(every: 3, threshold: 5, window: 6) },
    NamedPolicy(name: "flagger10x2") { _ in Flagger(every: 1, threshold: 2, window: 3) },
    NamedPolicy(name: "argo95_fl3") { _ in Argo(success: 0.95, limit: 3) },
    NamedPolicy(name: "argo99_fl3") { _ in Argo(success: 0.99, limit: 3) },
    NamedPolicy(name: "argo95_fl0") { _ in Argo(success: 0.95, limit: 0) },
    NamedPolicy(name: "argo99_fl0") { _ in Argo(success: 0.99, limit: 0) },
    NamedPolicy(name: "kayenta_step") { _ in Kayenta(pointsPerStep: 6, keepsPoints: true) },
    NamedPolicy(name: "kayenta_rec", maximumRuns: 400, applies: { $0.requestsPerSecond == 50 }) { _ in
      Kayenta(pointsPerStep: 50, keepsPoints: false)
    },
    NamedPolicy(name: "naive_z1%") { _ in RepeatedZ() },
    NamedPolicy(name: "msprt1%") { _ in MixtureRatio() },
  ]
  static let all = incumbents + imitations + own

  static func role(of name: String) -> NamedPolicy.Role { all.first { $0.name == name }?.role ?? .own }
}
