import SlipwayModel

/// Checks what only a cluster can't do, and what only a cluster has.
struct ClusterCheck {
  let sink: DiagnosticSink

  func check(_ readings: [EnvironmentReading]) {
    for reading in readings {
      let environment = View(reading.entry.value)
      guard reading.spec.target == .kubernetes else {
        if let cluster = environment.entry("cluster"), reading.target != nil {
          sink.warning(
            .noEffect, at: cluster.place, "`cluster` is for `target: kubernetes`, so it does nothing here",
            remedy: "remove it, or say `target: kubernetes`")
        }
        continue
      }
      if let unmeasured = reading.spec.unmeasuredCriterion {
        sink.warning(
          .notHonoured, at: environment.entry("target")?.place ?? reading.entry.place,
          "nothing counts requests in the cluster of `\(reading.entry.key)`, and `\(unmeasured)` is to be judged: a deployment is refused",
          remedy: "describe a source under `metrics`, for example `metrics: { source: prometheus, prometheus: { url: …, preset: http } }`")
      }
      checkShares(of: reading, environment)
    }
  }

  private func checkShares(of reading: EnvironmentReading, _ environment: View) {
    guard reading.spec.kubernetes?.router == .service else { return }
    let isRolling = if case .rolling = reading.spec.strategy { true } else { false }
    let share = reading.spec.strategy.stages.map(\.traffic).first { $0 < .hundred }
    guard isRolling || share != nil else { return }
    sink.error(
      .conflictingKeys, at: environment.view("cluster").entry("router")?.value.place ?? reading.entry.place,
      "the router `service` knows all or nothing, and the strategy of `\(reading.entry.key)` asks for "
        + (share.map { "a share of \($0)" } ?? "shares that follow the replicas"),
      remedy: "choose the router `replicas`, `nginx`, `istio` or `gateway_api`, or `blue_green` without `traffic_shift`")
  }
}
