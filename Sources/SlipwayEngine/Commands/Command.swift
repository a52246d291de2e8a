import SlipwayModel

/// What a rollout is told. Every command meets ``Rollout/decide(_:at:)``, which answers with events or a refusal.
///
/// Indirect, so that what was observed is not copied with each command.
package indirect enum Command: Hashable, Sendable {
  /// Time has passed; this is how the world looks.
  case tick(Observation)
  case effectSucceeded(id: String, EffectOutcome)
  case effectFailed(id: String, SlipwayError)
  case intent(Intent)
  /// The next release needs the other slot: end the bake now.
  case makeWay
  /// Another server has begun a later rollout meanwhile; this one must not go on.
  case overtaken(by: String)
}

/// The world as far as it could be seen.
package struct Observation: Hashable, Sendable {
  /// `nil` when the target did not answer.
  package let world: WorldObservation?
  /// `nil` when the metric source did not answer.
  package let metrics: MetricSeries?
  /// How long the world has been looked at in this way.
  package let watch: Watch

  package init(world: WorldObservation?, metrics: MetricSeries?, watch: Watch) {
    self.world = world
    self.metrics = metrics
    self.watch = watch
  }

  /// Nothing could be seen, and nobody has looked before.
  package static func nothing(at now: Timestamp) -> Observation {
    Observation(world: nil, metrics: nil, watch: Watch(from: now))
  }
}
