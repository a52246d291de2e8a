import SlipwayEngine
import SlipwayModel

extension StatedTraffic {
  /// Five minutes of the traffic without chance: as many requests, failures and response times as there are on average.
  ///
  /// - Parameter slot: the one that answers everything.
  func expected(in slot: Slot, until end: Timestamp) -> MetricSeries {
    let block = TimeSpan.seconds(10)
    let blocks: Int64 = 30
    let perBlock = max(1, Int((requestsPerSecond * block.seconds).rounded()))
    var latency = LatencyHistogram()
    for number in 0..<perBlock {
      latency.record(microseconds: Int(quantile((Double(number) + 0.5) / Double(perBlock)) * 1000))
    }
    var failed = 0.0
    let intervals = (0..<blocks).map { number in
      let errors = Int(failed + errorRate * Double(perBlock)) - Int(failed)
      failed += errorRate * Double(perBlock)
      let figures = SlotFigures(requests: perBlock, errors: errors, latency: latency)
      return MetricInterval(
        start: end - block * (blocks - number), length: block, blue: slot == .blue ? figures : SlotFigures(),
        green: slot == .green ? figures : SlotFigures())
    }
    return MetricSeries(intervals: intervals)
  }
}

extension Odds {
  /// What the stages that compare can detect; `nil` when none does.
  func forecast(of plan: Plan) -> PlanForecast? {
    guard let live = plan.live else { return nil }
    let now = Timestamp(milliseconds: 0)
    return PlanForecast(plan, traffic.expected(in: live.slot, until: now), at: now)
  }
}
