import SlipwayModel

/// What a rollout is told. Every command meets ``Rollout/decide(_:at:)``, which answers with events or a refusal.
package enum Command: Hashable, Sendable {
  /// Time has passed; this is how the world looks.
  case tick(Observation)
  case effectSucceeded(id: String, EffectOutcome)
  case effectFailed(id: String, SlipwayError)
  case intent(Intent)
  /// The next release needs the other slot: end the bake now.
  case makeWay
}

/// The world as far as it could be seen.
package struct Observation: Hashable, Sendable {
  /// `nil` when the target did not answer.
  package let world: WorldObservation?
  /// `nil` when the metric source did not answer.
  package let metrics: MetricSeries?

  package init(world: WorldObservation?, metrics: MetricSeries?) {
    self.world = world
    self.metrics = metrics
  }

  /// Nothing could be seen.
  package static let nothing = Observation(world: nil, metrics: nil)
}
