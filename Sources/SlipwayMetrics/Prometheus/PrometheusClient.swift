import Foundation
import SlipwayModel
import SlipwayReach

/// Asks a Prometheus, or what speaks its HTTP API.
struct PrometheusClient: Sendable {
  let spec: PrometheusSpec
  let folder: String?
  let web: WebClient

  struct Result: Equatable {
    let series: [PrometheusSeries]
    let warnings: [String]
  }

  /// The value of an expression at one instant: an instant vector or a scalar.
  func instant(_ query: String, at: Timestamp) async throws(SlipwayError) -> Result {
    let answer = try await ask("query", ["query": query, "time": Self.seconds(at), "timeout": limit])
    guard answer.resultType == "vector" || answer.resultType == "scalar" else {
      throw .metricsAnswer(
        "Prometheus answered with a \(answer.resultType ?? "result of no type") where an instant vector is needed: \(query)")
    }
    return Result(series: answer.series, warnings: answer.warnings)
  }

  /// The values of an expression at evenly spaced instants, both ends included.
  func range(_ query: String, from: Timestamp, to: Timestamp, step: TimeSpan) async throws(SlipwayError) -> Result {
    let answer = try await ask(
      "query_range",
      [
        "query": query, "start": Self.seconds(from), "end": Self.seconds(to), "step": "\(step.milliseconds)ms", "timeout": limit,
      ])
    guard answer.resultType == "matrix" else {
      throw .metricsAnswer("Prometheus answered with a \(answer.resultType ?? "result of no type") where a matrix is due: \(query)")
    }
    return Result(series: answer.series, warnings: answer.warnings)
  }

  private var limit: String { "\(spec.timeout.milliseconds)ms" }

  private static func seconds(_ instant: Timestamp) -> String {
    let rest = String(instant.milliseconds % 1000)
    return "\(instant.milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }

  /// By POST, so that a query may be longer than what a URL may have.
  private func ask(_ path: String, _ fields: [String: String]) async throws(SlipwayError) -> PrometheusAnswer {
    let body = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.encoded($0.value))" }.joined(separator: "&")
    let answer = try await web.look(
      WebRequest(
        name: "Prometheus", url: "\(spec.url)/api/v1/\(path)", body: .form(body), access: spec.access, folder: folder,
        timeout: spec.timeout))
    guard answer.status == 200 else {
      throw .metricsRefused("Prometheus answered \(answer.status)" + (Self.error(in: answer.body).map { ": \($0)" } ?? ""))
    }
    let result: PrometheusAnswer
    do { result = try JSONDecoder().decode(PrometheusAnswer.self, from: Data(answer.body)) } catch {
      throw .metricsAnswer("what answers at \(web.origin(of: spec.url)) does not speak Prometheus' HTTP API", error)
    }
    guard result.status == "success" else {
      throw .metricsRefused("Prometheus answered with an error: \((result.error ?? result.errorType ?? "of no name").prefix(300))")
    }
    return result
  }

  /// What the body of a refusal says, when it is Prometheus' own.
  private static func error(in body: [UInt8]) -> String? {
    do { return try JSONDecoder().decode(PrometheusAnswer.self, from: Data(body)).error.map { String($0.prefix(300)) } } catch {
      return nil
    }
  }

  /// RFC 3986, section 2.1, of everything that is not unreserved.
  static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
      default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
