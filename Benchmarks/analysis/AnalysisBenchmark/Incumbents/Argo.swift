/// Argo Rollouts (commit 9f8d111), analysis in the background: measured after 60 s and then every 60 s, over 60 s; a metric that
/// failed more often than `limit` ends the rollout. Fixed schedule.
struct Argo: Policy {
  private let success: Double
  private let limit: Int
  private var schedule = FixedSchedule()
  private var window = Window(intervals: 6)
  private var failing = 0
  private var slow = 0

  /// - Parameter success: least share of successful requests, 0...1.
  init(success: Double, limit: Int) {
    self.success = success
    self.limit = limit
  }

  var percent: Int { schedule.percent }

  mutating func observe(_ interval: Interval) -> Decision {
    schedule.pass()
    window.add(interval)
    if schedule.elapsed.isMultiple(of: 6) {
      if !(1 - window.canary.errorShare >= success) { failing += 1 }
      if !(window.canary.quantile(0.99) <= 500) { slow += 1 }
    }
    return max(failing, slow) > limit ? .rollBack : schedule.decision
  }
}
