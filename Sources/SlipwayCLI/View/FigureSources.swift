import SlipwayEngine
import SlipwayModel

/// Where the figures come from that a rollout is judged by, and which stages ask for them, as text.
struct FigureSources {
  let plan: Plan

  /// Nothing is judged in the first release of a service.
  var lines: [String] {
    guard plan.live != nil else { return [] }
    let metrics = plan.metrics ?? MetricsSpec(source: .proxy)
    var rows =
      metrics.source == .unmeasured
      ? ["nothing counts requests"]
      : ["requests, errors and response times from \(place(of: metrics.source, metrics)), every \(metrics.resolution)"]
    for (source, names) in metrics.readings {
      let asked = names.filter { !users(of: $0).isEmpty }
      let others = names.filter { !asked.contains($0) }
      let from = "from \(place(of: source, metrics))"
      for name in asked {
        rows.append("\(name) \(from), every \(metrics.interval(ofReading: name) ?? .zero): \(users(of: name).joined(separator: ", "))")
      }
      if !others.isEmpty {
        rows.append("\(others.joined(separator: ", ")) \(from): no criterion asks for \(others.count == 1 ? "it" : "them")")
      }
    }
    return ["Figures:"] + rows.map { "  " + $0 }
  }

  /// Where the plan asks for a reading.
  private func users(of name: String) -> [String] {
    let stages = plan.steps.filter { $0.allCriteria.contains { $0.metric.readingName == name } }.map(\.name)
    let words = stages.isEmpty ? [] : ["\(stages.count == 1 ? "stage" : "stages") \(stages.joined(separator: ", "))"]
    return words + (plan.rollback.triggers.contains { $0.metric.readingName == name } ? ["rollback triggers"] : [])
  }

  private func place(of source: MetricSourceKind, _ metrics: MetricsSpec) -> String {
    switch source {
    case .proxy: "the proxy"
    case .unmeasured: "nowhere"
    case .prometheus: "Prometheus at \(metrics.prometheus?.url ?? "")"
    case .http: "the document at \(metrics.http?.url ?? "")"
    case .command: "the command \(metrics.command?.run.first ?? "")"
    }
  }
}
