import SlipwayEngine
import SlipwayModel

/// A plan with what follows from it for the people who wait for it.
struct PlanPreview: Hashable, Sendable, Encodable {
  /// Where the knowledge of what is live comes from.
  enum Basis: String, Encodable {
    /// The server was asked.
    case journal
    /// No server was asked; another release is assumed to be live.
    case assumed
    /// The user said that it is the first release.
    case first
  }

  struct Rollback: Hashable, Sendable, Encodable {
    let possible: Bool
    /// How long after promotion going back takes one switch of traffic; 0 when it never does.
    let instantFor: TimeSpan
    let sentence: String

    private enum CodingKeys: String, CodingKey {
      case possible, sentence
      case instantFor = "instant_for_ms"
    }
  }

  let plan: Plan
  let basis: Basis
  /// Settings of the environment that the plan leaves out, and for which a deployment is refused; as paths of the file.
  var refused: [String] = []
  /// What its comparisons can detect at the traffic seen lately; `nil` when that is not known.
  var forecast: PlanForecast?

  private enum CodingKeys: String, CodingKey {
    case plan, basis, rollback, refused, forecast
    case planDigest = "plan_digest"
    case minimumToPromotion = "minimum_to_promotion_ms"
    case minimumInAll = "minimum_in_all_ms"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(plan, forKey: .plan)
    try container.encode(basis, forKey: .basis)
    try container.encode(plan.digest, forKey: .planDigest)
    try container.encode(minimumToPromotion, forKey: .minimumToPromotion)
    try container.encode(minimumInAll, forKey: .minimumInAll)
    try container.encode(rollback, forKey: .rollback)
    try container.encode(refused, forKey: .refused)
    try container.encodeIfPresent(forecast, forKey: .forecast)
  }

  /// Building and moving traffic not counted: how long the plan itself waits.
  var minimumToPromotion: TimeSpan {
    plan.steps.reduce(plan.service.health.minimumHealthyTime) { $0 + $1.hold }
  }

  var minimumInAll: TimeSpan { minimumToPromotion + plan.bake }

  var rollback: Rollback {
    guard let live = plan.live else {
      return Rollback(
        possible: false, instantFor: .zero, sentence: "not possible, there is no earlier release; if it fails, nothing has the traffic.")
    }
    let version = basis == .assumed ? "the live release" : "\(live.release.version)"
    guard plan.keepsPreviousWarm else {
      return Rollback(
        possible: true, instantFor: .zero,
        sentence: "possible; \(version) gives up its replicas on the way, so `slipway rollback` starts it again from its release folder.")
    }
    return Rollback(
      possible: true, instantFor: plan.bake,
      sentence:
        "by one switch of traffic until \(plan.bake) after promotion; later `slipway rollback` starts \(version) again from its release folder."
    )
  }
}
