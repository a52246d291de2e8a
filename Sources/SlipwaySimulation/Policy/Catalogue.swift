import SlipwayEngine
import SlipwayModel

/// The releases that every policy is tried with.
package struct Catalogue {
  private let traffic: StatedTraffic
  private let bounds: PolicyBounds
  /// Time that the plan holds shares of traffic, until promotion.
  private let untilPromotion: TimeSpan
  private let bake: TimeSpan
  private let faults: [FaultGroup]

  /// - Parameter faults: each brings two kinds of releases, a healthy and a broken one.
  package init(plan: Plan, traffic: StatedTraffic, faults: [FaultGroup] = []) {
    self.traffic = traffic
    self.faults = faults
    bounds = PolicyBounds(plan, Odds(traffic: traffic))
    untilPromotion = plan.steps.reduce(.zero) { $0 + $1.hold }
    bake = plan.bake
  }

  /// In the order in which they are shown.
  package var trials: [Trial] { healthy + errors + slow + broken + delayed + processes + infrastructure }

  /// Releases amid faults of the infrastructure.
  package var infrastructure: [Trial] {
    faults.flatMap { $0.trials(errorRate: traffic.errorRate, broken: bounds.expectation(errorRate: 0.5).0) }
  }

  private var base: ReleaseModel { ReleaseModel(errorRate: traffic.errorRate) }

  private func model(_ change: (inout ReleaseModel) -> Void) -> ReleaseModel {
    var model = base
    change(&model)
    return model
  }

  private var healthy: [Trial] {
    [
      Trial(id: "healthy", title: "healthy", plural: "healthy releases", release: base, expectation: .promote),
      Trial(
        id: "healthy_low_traffic", title: "healthy, a tenth of the traffic", plural: "healthy releases at a tenth of the traffic",
        release: base, trafficFactor: 0.1, expectation: .promote),
      Trial(
        id: "healthy_metric_gaps", title: "healthy, a third of the figures lost",
        plural: "healthy releases when a third of the figures get lost", release: model { $0.metricGaps = 1.0 / 3 }, expectation: .promote
      ),
      Trial(
        id: "cold_start", title: "healthy after a cold start", plural: "releases that are 3 times slower in their first 20 s",
        release: model { $0.coldStart = .init(length: .seconds(20), latencyFactor: 3) }, expectation: .promote),
    ]
  }

  private var errors: [Trial] {
    (1...5).map { points in
      let rate = min(1, traffic.errorRate + Double(points) / 100)
      let words = points == 1 ? "1 point more errors" : "\(points) points more errors"
      let (expectation, excuse) = bounds.expectation(errorRate: rate)
      return Trial(
        id: "errors_plus_\(points)", title: words, plural: "releases with \(words)", release: model { $0.errorRate = rate },
        expectation: expectation, excuse: excuse)
    }
  }

  private var slow: [Trial] {
    [(1.3, "1.3", "slower_1_3"), (1.5, "1.5", "slower_1_5"), (2, "2", "slower_2"), (3, "3", "slower_3")].map { factor, words, id in
      let (expectation, excuse) = bounds.expectation(latencyFactor: factor)
      return Trial(
        id: id, title: "\(words) times slower", plural: "releases that are \(words) times slower",
        release: model { $0.latencyFactor = factor }, expectation: expectation, excuse: excuse)
    }
  }

  private var broken: [Trial] {
    let half = model { $0.errorRate = 0.5 }
    let (expectation, excuse) = bounds.expectation(errorRate: 0.5)
    return [
      Trial(
        id: "broken", title: "fails half of its requests", plural: "releases that fail half of their requests", release: half,
        expectation: expectation, excuse: excuse),
      Trial(
        id: "broken_low_traffic", title: "the same, a tenth of the traffic",
        plural: "releases that fail half of their requests at a tenth of the traffic", release: half, trafficFactor: 0.1,
        expectation: expectation, excuse: excuse),
      Trial(
        id: "broken_metric_gaps", title: "the same, a third of the figures lost",
        plural: "releases that fail half of their requests when a third of the figures get lost",
        release: model {
          $0.errorRate = 0.5
          $0.metricGaps = 1.0 / 3
        }, expectation: expectation, excuse: excuse),
    ]
  }

  /// Faults that come with time. They lie where the plan still watches; where it does not watch at all there are none.
  private var delayed: [Trial] {
    let watched = untilPromotion + bake
    guard watched >= .seconds(10) else { return [] }
    let (expectation, excuse) = bounds.expectation(errorRate: 0.2)
    let late = max(.seconds(5), TimeSpan(milliseconds: (untilPromotion > .seconds(20) ? untilPromotion : watched).milliseconds * 2 / 3))
    let minutes = max(late.seconds, 30) / 60
    var trials = [
      Trial(
        id: "late_fault", title: "fails a fifth after \(late.rounded)",
        plural: "releases that fail a fifth of their requests after \(late.rounded)",
        release: model { $0.lateFault = .init(after: late, errorRate: 0.2) }, expectation: expectation, excuse: excuse),
      Trial(
        id: "leak", title: "gets worse by the minute",
        plural: "releases that leak: 10 points more errors and twice as slow after \(late.rounded)",
        release: model { $0.leak = .init(errorsPerMinute: 0.1 / minutes, latencyPerMinute: 1 / minutes) },
        expectation: [bounds.expectation(errorRate: 0.1 + traffic.errorRate).0, bounds.expectation(latencyFactor: 2).0].contains(.goBack)
          ? .goBack : .either, excuse: PolicyBounds.permitted),
    ]
    if untilPromotion > .zero, bake >= .seconds(30) {
      let after = untilPromotion + TimeSpan(milliseconds: bake.milliseconds / 3)
      trials.insert(
        Trial(
          id: "late_fault_in_bake", title: "fails a fifth after promotion",
          plural: "releases that fail a fifth of their requests \(after.rounded) after they first got traffic",
          release: model { $0.lateFault = .init(after: after, errorRate: 0.2) }, expectation: expectation, excuse: excuse), at: 1)
    }
    return trials
  }

  private var processes: [Trial] {
    let watched = untilPromotion + bake
    let between = max(.seconds(3), min(.minutes(2), TimeSpan(milliseconds: watched.milliseconds / 12)))
    return [
      Trial(
        id: "crash_loop", title: "ends 2 s after each start", plural: "releases that end 2 s after each start",
        release: model { $0.crash = .init(.afterBind, after: .seconds(2)) }, expectation: .goBack),
      Trial(
        id: "crashes_later", title: "ends \(between.rounded) after each start",
        plural: "releases that end \(between.rounded) after each start",
        release: model { $0.crash = .init(.afterBind, after: between) },
        expectation: watched >= .seconds(40) ? .goBack : .either, excuse: "the plan watches them too shortly"),
      Trial(
        id: "never_ready", title: "never ready", plural: "releases that never get ready", release: model { $0.startup = nil },
        expectation: .goBack),
    ]
  }
}

extension TimeSpan {
  /// To the second.
  var rounded: TimeSpan { .seconds((milliseconds + 500) / 1000) }
}
