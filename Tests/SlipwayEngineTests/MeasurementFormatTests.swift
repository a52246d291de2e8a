import SlipwayEngine
import SlipwayModel
import Testing

/// What the journal has of measurements is read for ever: these texts never change, they may only gain optional members.
@Suite("The journal's format of measurements")
struct MeasurementFormatTests {
  private static let figures = #"{"errors":1,"latency":{"buckets":[[20,2]],"sum_us":400},"odd_errors":0,"requests":2}"#
  private static let evidence =
    #"{"families":[{"log_evidence":0.5,"name":"errors"}],"leading":{"log_evidence":1.5,"name":"errors ×2.5"},"log_evidence":0.25,"#
    + #""log_threshold":4.5,"safety":[{"log_evidence":-0.5,"name":"step 1"}],"verdict":"pass","worse":[]}"#
  static let texts = [
    ("reference_taken", #"{"block_ms":10000,"blocks":[\#(figures)],"from":"2026-11-21T09:00:00.000Z","to":"2026-11-21T09:05:00.000Z"}"#),
    (
      "measured",
      #"{"candidate":\#(figures),"evidence":\#(evidence),"from":"2026-11-21T09:05:00.000Z","length_ms":2000,"live":\#(figures),"sentence":"so"}"#
    ),
    (
      "watched",
      #"{"figures":\#(figures),"from":"2026-11-21T09:05:00.000Z","length_ms":10000,"log_evidence":-3.5,"log_threshold":5.5,"sentence":"so","verdict":"pass"}"#
    ),
    (
      "interval_judged",
      #"{"failures":1,"finding":{"bound":0.05,"chance":{"events":4,"probability":0.25,"requests":50,"tolerated":0.05},"#
        + #""requests":50,"sentence":"so","subject":"x","value":0.08,"verdict":"fail"},"from":"2026-11-21T09:05:00.000Z","#
        + #""length_ms":30000,"limit":3,"sentence":"so","subject":"x","unjudged":0}"#
    ),
    (
      "evaluated",
      #"{"findings":[{"bound":90,"parts":[{"finding":{"requests":50,"sentence":"so","subject":"x","verdict":"pass"},"weight":1.5}],"#
        + #""requests":50,"sentence":"so","subject":"score","value":100,"verdict":"pass"}],"verdict":"pass"}"#
    ),
    ("undecided", #"{"sentence":"so","step":1}"#),
  ]

  @Test("An entry is read and written again as it was", arguments: texts)
  func roundTrip(kind: String, body: String) throws {
    let event = try Event(kind: kind, body: Array(body.utf8))
    #expect(event.kind.rawValue == kind)
    #expect(String(decoding: event.body, as: UTF8.self) == body)
  }

  @Test("Figures of a journal from before replicas were told apart are read")
  func older() throws {
    let body = Self.texts[0].1.replacing(#""odd_errors":0,"#, with: "")
    guard case .referenceTaken(let taken) = try Event(kind: "reference_taken", body: Array(body.utf8)) else {
      Issue.record("another event")
      return
    }
    #expect(taken.total.requests == 2)
    #expect(taken.total.oddErrors == nil)
  }
}
