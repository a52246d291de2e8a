import SlipwayEngine
import SlipwayModel

/// What the comparisons of a plan can detect, as text.
enum ForecastText {
  static func lines(_ forecast: PlanForecast?, _ plan: Plan) -> [String] {
    guard let forecast else {
      return ["", "Detection: not known, since no traffic of the live release was seen in the last minutes."]
    }
    let rate = (forecast.requestsPerSecond * 10).rounded() / 10
    let errors = Figures.share(forecast.errorRatio)
    let head = "Detection at the traffic seen lately (\(rate) requests/s, \(errors) fail), in nine of ten cases:"
    return ["", head] + forecast.stages.map(stage) + ["False alarm: at most \(forecast.alpha) in the whole rollout."]
  }

  private static func stage(_ stage: PlanForecast.Stage) -> String {
    "  \(stage.name.cut(16).padded(17))\(words(stage))"
  }

  /// What a stage detects, and within what time.
  static func words(_ stage: PlanForecast.Stage) -> String {
    let found = [
      ("a doubling of errors", stage.doubledErrors), ("+1 percentage point", stage.onePointMore), ("1.3 times slower", stage.slower),
    ]
    let words = found.compactMap { what, time in time.map { "\(what) within \($0)" } }
    let text = words.isEmpty ? "nothing of note within a day" : words.joined(separator: ", ")
    let late = found.compactMap(\.1).filter { $0 > stage.lasts }
    return text + (late.isEmpty ? "" : "; the stage lasts \(stage.lasts)")
  }
}
