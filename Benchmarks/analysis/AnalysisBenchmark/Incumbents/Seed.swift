/// Prometheus alerts with `for`, looked at every 10 s over 60 s: errors above 5 % for 2 min, or the canary's 95th percentile
/// above twice the live version's for 3 min. Fixed schedule.
struct SeedAlerts: Policy {
  private var schedule = FixedSchedule()
  private var window = Window(intervals: 6)
  private var failing = 0
  private var slow = 0
  private var baseline = Double.nan

  var percent: Int { schedule.percent }

  mutating func observe(_ interval: Interval) -> Decision {
    schedule.pass()
    window.add(interval)
    failing = window.canary.errorShare > 0.05 ? failing + 1 : 0
    let known = window.baseline.quantile(0.95)
    if !known.isNaN { baseline = known }
    slow = window.canary.quantile(0.95) > 2 * baseline ? slow + 1 : 0
    return failing >= 13 || slow >= 19 ? .rollBack : schedule.decision
  }
}
