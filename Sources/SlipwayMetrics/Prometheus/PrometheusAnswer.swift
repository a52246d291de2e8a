import Foundation

/// What Prometheus' HTTP API answers to a query.
/// Source: Prometheus documentation, "HTTP API", sections "Format overview" and "Expression query result formats".
struct PrometheusAnswer: Decodable {
  let status: String
  let series: [PrometheusSeries]
  /// `vector`, `matrix`, `scalar` or `string`; `nil` in an error.
  let resultType: String?
  let errorType: String?
  let error: String?
  let warnings: [String]

  private enum CodingKeys: String, CodingKey { case status, data, errorType, error, warnings, infos }
  private enum DataKeys: String, CodingKey { case resultType, result }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    status = try container.decode(String.self, forKey: .status)
    errorType = try container.decodeIfPresent(String.self, forKey: .errorType)
    error = try container.decodeIfPresent(String.self, forKey: .error)
    warnings =
      (try container.decodeIfPresent([String].self, forKey: .warnings) ?? [])
      + (try container.decodeIfPresent([String].self, forKey: .infos) ?? [])
    guard status == "success" else {
      (series, resultType) = ([], nil)
      return
    }
    let data = try container.nestedContainer(keyedBy: DataKeys.self, forKey: .data)
    let type = try data.decode(String.self, forKey: .resultType)
    resultType = type
    if type == "scalar" {
      series = [PrometheusSeries(labels: [:], samples: [try data.decode(PrometheusSample.self, forKey: .result)], histograms: [])]
    } else {
      series = type == "string" ? [] : try data.decode([PrometheusSeries].self, forKey: .result)
    }
  }
}

/// One time series, with a sample in an instant vector and any number in a matrix.
struct PrometheusSeries: Decodable, Equatable {
  let labels: [String: String]
  let samples: [PrometheusSample]
  let histograms: [PrometheusHistogramSample]

  private enum CodingKeys: String, CodingKey { case metric, value, values, histogram, histograms }

  init(labels: [String: String], samples: [PrometheusSample], histograms: [PrometheusHistogramSample]) {
    (self.labels, self.samples, self.histograms) = (labels, samples, histograms)
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    labels = try container.decodeIfPresent([String: String].self, forKey: .metric) ?? [:]
    samples =
      try container.decodeIfPresent([PrometheusSample].self, forKey: .values)
      ?? container.decodeIfPresent(PrometheusSample.self, forKey: .value).map { [$0] } ?? []
    histograms =
      try container.decodeIfPresent([PrometheusHistogramSample].self, forKey: .histograms)
      ?? container.decodeIfPresent(PrometheusHistogramSample.self, forKey: .histogram).map { [$0] } ?? []
  }
}

/// `[seconds, "value"]`.
struct PrometheusSample: Decodable, Equatable {
  /// Milliseconds since 1970.
  let at: Int64
  let value: Double

  init(at: Int64, value: Double) {
    (self.at, self.value) = (at, value)
  }

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    at = Int64((try container.decode(Double.self) * 1000).rounded())
    value = try container.decodePrometheusNumber()
  }
}

/// `[seconds, {"count": …, "sum": …, "buckets": [[rule, lower, upper, count], …]}]`: a native histogram.
struct PrometheusHistogramSample: Decodable, Equatable {
  /// Milliseconds since 1970.
  let at: Int64
  let count: Double
  let sum: Double
  /// Not cumulative, in ascending order; whether bounds belong to a bucket makes no difference here.
  let buckets: [Bucket]

  struct Bucket: Decodable, Equatable {
    let lower: Double
    let upper: Double
    let count: Double

    init(lower: Double, upper: Double, count: Double) {
      (self.lower, self.upper, self.count) = (lower, upper, count)
    }

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      _ = try container.decode(Int.self)
      lower = try container.decodePrometheusNumber()
      upper = try container.decodePrometheusNumber()
      count = try container.decodePrometheusNumber()
    }
  }

  private struct Body: Decodable {
    let count: String
    let sum: String
    let buckets: [Bucket]?
  }

  init(at: Int64, count: Double, sum: Double, buckets: [Bucket]) {
    (self.at, self.count, self.sum, self.buckets) = (at, count, sum, buckets)
  }

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    at = Int64((try container.decode(Double.self) * 1000).rounded())
    let body = try container.decode(Body.self)
    guard let count = Double(body.count), let sum = Double(body.sum) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "a histogram's count and sum are numbers in quotes")
    }
    (self.count, self.sum, buckets) = (count, sum, body.buckets ?? [])
  }
}

extension UnkeyedDecodingContainer {
  /// A number in quotes: JSON has no NaN and no infinity.
  fileprivate mutating func decodePrometheusNumber() throws -> Double {
    let text = try decode(String.self)
    guard let value = Double(text) else {
      throw DecodingError.dataCorruptedError(in: self, debugDescription: "not a number: \(text.prefix(40))")
    }
    return value
  }
}
