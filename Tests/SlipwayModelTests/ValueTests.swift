import Foundation
import SlipwayModel
import Testing

@Suite("Values")
struct ValueTests {
  @Test(
    "Shares are exact to a hundredth of a percent and bounded",
    arguments: [(0.0, "0%"), (10, "10%"), (2.5, "2.5%"), (0.25, "0.25%"), (0.05, "0.05%"), (100, "100%")])
  func percentages(percent: Double, text: String) throws {
    let share = try #require(Percentage(percent: percent))
    #expect(share.description == text)
    #expect(share.complement.basisPoints + share.basisPoints == 10_000)
    let coded = try JSONDecoder().decode([Percentage].self, from: JSONEncoder().encode([share]))
    #expect(coded == [share])
  }

  @Test("Shares outside 0 to 100 % can't be made", arguments: [-0.1, 100.1, .nan, .infinity])
  func outside(percent: Double) {
    #expect(Percentage(percent: percent) == nil)
  }

  @Test(
    "Names are RFC 1123 labels",
    arguments: [("api", true), ("a-1", true), ("", false), ("-a", false), ("a-", false), ("A", false), ("a_b", false), ("ä", false)])
  func names(text: String, isValid: Bool) {
    #expect((Name(text) != nil) == isValid)
    #expect(Name(String(repeating: "a", count: 64)) == nil)
  }

  @Test(
    "Versions are safe as folder names",
    arguments: [("1.2.3", true), ("v1+b_2", true), ("", false), ("../x", false), (".hidden", false), ("a/b", false), ("a b", false)])
  func versions(text: String, isValid: Bool) {
    #expect((Version(text) != nil) == isValid)
  }

  @Test("A digest is the SHA-256 of the bytes")
  func digest() {
    #expect(Digest(hashing: "abc".utf8).hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest("sha256:" + String(repeating: "g", count: 64)) == nil)
  }

  @Test(
    "Addresses are read with host and port",
    arguments: [
      ("127.0.0.1:80", "127.0.0.1:80"), (":80", "0.0.0.0:80"), ("[::1]:80", "[::1]:80"), ("::1:80", nil), ("host", nil),
      ("host:99999", nil),
    ])
  func addresses(text: String, written: String?) {
    #expect(ListenAddress(text)?.description == written)
  }

  @Test("A split gives both slots their shares, and none gives nobody any")
  func split() throws {
    let ten = try #require(Percentage(percent: 10))
    #expect(TrafficSplit.share(ten, to: .blue).weight(of: .green).percent == 90)
    #expect(TrafficSplit.none.weight(of: .blue) == .zero && TrafficSplit.none.weight(of: .green) == .zero)
  }
}

@Suite("Figures")
struct FigureTests {
  @Test("Every value falls into the bucket whose bounds enclose it")
  func buckets() {
    var value = 0
    while value < 134_000_000 {
      let bucket = LatencyHistogram.bucket(ofMicroseconds: value)
      #expect(value < LatencyHistogram.upperBoundMicroseconds(ofBucket: bucket))
      if bucket > 0 { #expect(value >= LatencyHistogram.upperBoundMicroseconds(ofBucket: bucket - 1)) }
      value += 1 + value / 50
    }
    #expect(LatencyHistogram.bucket(ofMicroseconds: .max) == LatencyHistogram.bucketCount - 1)
    #expect(LatencyHistogram.bucket(ofMicroseconds: -5) == 0)
  }

  @Test("Quantiles are right to within a bucket, and nothing is no quantile")
  func quantiles() throws {
    var histogram = LatencyHistogram()
    #expect(histogram.quantileMicroseconds(0.5) == nil)
    for value in 1...1000 { histogram.record(microseconds: value * 1000) }
    let p95 = try #require(histogram.quantileMicroseconds(0.95))
    #expect((950_000...1_069_000).contains(p95))
    #expect(histogram.meanMicroseconds == 500_500)
  }

  @Test("Histograms survive JSON, and damaged ones are refused")
  func coding() throws {
    var histogram = LatencyHistogram()
    for value in [0, 5, 130, 99_999, 500_000_000] { histogram.record(microseconds: value) }
    #expect(try JSONDecoder().decode(LatencyHistogram.self, from: JSONEncoder().encode(histogram)) == histogram)
    for text in [#"{"buckets":[[176,1]],"sum_us":0}"#, #"{"buckets":[[1,-1]],"sum_us":0}"#, #"{"buckets":[[1]],"sum_us":0}"#] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(LatencyHistogram.self, from: Data(text.utf8)) }
    }
  }

  @Test("A series goes on with what is new only, forgets what is old, and knows its gaps")
  func series() {
    func interval(_ second: Int64) -> MetricInterval {
      MetricInterval(
        start: Timestamp(milliseconds: second * 1000), length: .seconds(1), blue: SlotFigures(requests: 1), green: SlotFigures())
    }
    let first = MetricSeries(intervals: [interval(0), interval(1), interval(2)])
    let later = MetricSeries(intervals: [interval(2), interval(5)])
    let both = first.continued(by: later, keeping: Timestamp(milliseconds: 1000))
    #expect(both.intervals == [interval(1), interval(2), interval(5)])
    let (from, to) = (Timestamp(milliseconds: 1000), Timestamp(milliseconds: 6000))
    #expect(both.coverage(from: from, to: to) == .seconds(3))
    #expect(both.figures(of: .blue, from: from, to: to).requests == 3)
    #expect(both.figures(of: .green, from: from, to: to).errorRatio == nil)
  }

  @Test("What is old of a series is added up to one sum; figures over all of it stay the same")
  func folding() {
    func at(_ second: Int) -> Timestamp { Timestamp(milliseconds: Int64(second) * 1000) }
    let series = MetricSeries(
      intervals: (Array(0..<15) + Array(20..<40)).map {
        MetricInterval(
          start: at($0), length: .seconds(1), blue: SlotFigures(requests: $0), green: SlotFigures(requests: 1, errors: 1))
      })
    let folded = series.folded(from: at(5), to: at(30))
    #expect(folded.intervals.map(\.start) == ([0, 1, 2, 3, 4, 5] + Array(30..<40)).map(at))
    #expect(folded.intervals[5].length == .seconds(20))
    for slot in Slot.allCases {
      #expect(folded.figures(of: slot, from: at(5), to: at(40)) == series.figures(of: slot, from: at(5), to: at(40)))
      #expect(folded.coverage(from: at(5), to: at(40)) == .seconds(30))
      #expect(folded.figures(of: slot, from: at(30), to: at(40)) == series.figures(of: slot, from: at(30), to: at(40)))
    }
    // The newest is never part of a sum, or figures would be asked for again that are in it.
    #expect(series.folded(from: at(5), to: at(50)).asOf == series.asOf)
    // A few more are left as they are, and a sum takes in what comes later.
    #expect(folded.folded(from: at(5), to: at(35)) == folded)
    #expect(folded.folded(from: at(5), to: at(39)).intervals.map(\.start) == [0, 1, 2, 3, 4, 5, 39].map(at))
  }
}
