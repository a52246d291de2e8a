import SlipwayModel

/// Takes named readings from a Prometheus, each by an instant query that has to come to one value.
struct PrometheusReadings: Sendable {
  let client: PrometheusClient
  let values: [Slot: [MetricPlaceholder: String]]

  func take(at now: Timestamp) async -> Looked {
    await withTaskGroup(of: Looked.self) { group in
      for (name, query) in client.spec.readings {
        let template = MetricTemplate(query)
        // What is the same for both slots is asked once.
        let slots: [[Slot]] = template.isPerSlot ? Slot.allCases.map { [$0] } : [Slot.allCases]
        for same in slots {
          group.addTask { await read(name, template.filled(values[same[0]] ?? [:]), same, at: now) }
        }
      }
      return await group.reduce(into: Looked()) { $0.add($1) }
    }
  }

  private func read(_ name: String, _ query: String, _ slots: [Slot], at now: Timestamp) async -> Looked {
    do throws(SlipwayError) {
      let result = try await client.instant(query, at: now)
      let whose = slots.count == 1 ? " of \(slots[0].rawValue)" : ""
      guard result.series.count <= 1 else {
        throw .metricsSeries(
          "the query for `\(name)` gives \(result.series.count) series where one is needed\(Self.difference(result.series))")
      }
      guard let series = result.series.first else {
        return .noData(.prometheus, name, "Prometheus has no data for `\(name)`\(whose)", result.warnings)
      }
      guard let sample = series.samples.last else {
        throw .metricsAnswer("the query for `\(name)` gives a histogram where a number is needed; histogram_quantile(…) makes one of it")
      }
      let readings = slots.compactMap {
        MetricReading(name: name, slot: $0, at: Timestamp(milliseconds: sample.at), value: sample.value)
      }
      guard !readings.isEmpty else {
        return .noData(.prometheus, name, "what Prometheus has for `\(name)`\(whose) is not a finite number", result.warnings)
      }
      return Looked(readings: readings, warnings: result.warnings)
    } catch {
      return .broken(.prometheus, [name], error)
    }
  }

  /// By which labels series differ, with some of their values.
  static func difference(_ series: [PrometheusSeries]) -> String {
    let names = Set(series.flatMap(\.labels.keys)).subtracting(["__name__"]).sorted()
    let differing = names.compactMap { name -> String? in
      let values = Set(series.map { $0.labels[name] ?? "" }).sorted()
      guard values.count > 1 else { return nil }
      return name + " (" + values.prefix(3).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ") + (values.count > 3 ? ", …)" : ")")
    }
    return differing.isEmpty ? "" : "; they differ in " + differing.prefix(5).joined(separator: ", ")
  }
}

/// What came of one look at a source of readings.
struct Looked: Equatable, Sendable {
  var readings: [MetricReading] = []
  var silences: [MetricSilence] = []
  var warnings: [String] = []

  static func noData(_ source: MetricSourceKind, _ name: String, _ sentence: String, _ warnings: [String] = []) -> Looked {
    Looked(silences: [MetricSilence(source: source, names: [name], sentence: sentence, isNoData: true)], warnings: warnings)
  }

  static func broken(_ source: MetricSourceKind, _ names: [String], _ error: SlipwayError) -> Looked {
    let sentence = error.message + (error.cause.map { ": \($0)" } ?? "")
    return Looked(silences: [MetricSilence(source: source, names: names, sentence: sentence, isNoData: false)])
  }

  mutating func add(_ other: Looked) {
    readings += other.readings
    silences += other.silences
    warnings += other.warnings
  }
}
