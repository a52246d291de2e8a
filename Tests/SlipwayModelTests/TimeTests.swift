import Foundation
import SlipwayModel
import Testing

@Suite("Time")
struct TimeTests {
  @Test(
    "An instant is written in RFC 3339 and read back, from the first to the last year",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_763_716_447_250, "2025-11-21T09:14:07.250Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func instants(milliseconds: Int64, text: String) {
    let instant = Timestamp(milliseconds: milliseconds)
    #expect(instant.description == text)
    #expect(Timestamp(text) == instant)
  }

  @Test("Agrees with Foundation's calendar over eight centuries")
  func foundation() throws {
    let formatter = ISO8601DateFormatter()
    for step in 0..<3000 {
      let seconds = Int64(step) * 8_467_231 - 3_000_000_000
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(Timestamp(milliseconds: seconds * 1000).description == expected.dropLast() + ".000Z")
    }
  }

  @Test(
    "What is not an instant in UTC is refused",
    arguments: [
      "", "2025-11-21", "2025-11-21T09:14:07", "2025-13-21T09:14:07Z", "2025-11-21T24:00:00Z", "2025-11-21T09:14:07.2Z",
      "2025-11-21 09:14:07Z",
    ])
  func refused(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test(
    "Lengths of time are read in every form of the file, and written in the shortest",
    arguments: [
      ("300", 300_000, "5m"), ("90s", 90_000, "1m30s"), ("1.5h", 5_400_000, "1h30m"), ("250ms", 250, "250ms"), ("1d", 86_400_000, "1d"),
      ("0", 0, "0s"), ("1m30s", 90_000, "1m30s"), ("0.5", 500, "500ms"),
    ] as [(String, Int64, String)])
  func spans(text: String, milliseconds: Int64, written: String) {
    let span = TimeSpan(text)
    #expect(span == TimeSpan(milliseconds: milliseconds))
    #expect(span?.description == written)
    #expect(TimeSpan(written) == span)
  }

  @Test("What is no length of time is refused", arguments: ["", "s", "-5s", "5 s", "5x", "1e9h", "99999d", "inf", "nan", "5m5"])
  func refusedSpans(text: String) {
    #expect(TimeSpan(text) == nil)
  }
}
