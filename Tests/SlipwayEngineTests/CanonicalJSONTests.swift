import Foundation
import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Canonical JSON")
struct CanonicalJSONTests {
  /// What the journal's first entries were written with.
  private func reference(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func text(_ value: some Encodable) -> String { String(decoding: canonicalJSON(value), as: UTF8.self) }

  private struct Inner: Encodable {
    let b: Int
    let a: String?
    let nothing: [String: Int]
  }

  private struct Nothing: Encodable {}

  private struct Outer: Encodable {
    let whole = 1.0
    let tenth = 0.1
    let negative = -0.0
    let numbers = [1e20, 1e16, 1e15, 1e-5, 5e300, 123_456_789_012_345_680]
    let isTrue = true
    let keys = ["a1": 1, "a10": 2, "a2": 3, "A": 4, "_b": 5, "a-b": 6, "a_b": 7, "ab": 8]
    let inner = [Inner(b: 2, a: "x", nothing: [:]), Inner(b: .min, a: nil, nothing: ["é": 1, "z": 2, "\u{10000}": 3, "": 4])]
    let text = "a\"b\\c/d\n\t\r\u{8}\u{c}\u{1}\u{1f}\u{7f}\u{2028}é😀"
    let optional: [Int?] = [nil, 3]
    let float: Float = 0.1
    let small: UInt8 = 7
    let empty = Nothing()
    let none: [Int] = []
    let nested = [[1, 2], []]
  }

  /// Writes through nested containers, as the compiler does for choices with values.
  private enum Choice: Encodable {
    case first(b: Int, a: String)
    case second
  }

  @Test("It is, to the byte, what Foundation writes with sorted keys and plain slashes")
  func same() throws {
    #expect(text(Outer()) == (try reference(Outer())))
    #expect(text([Choice.first(b: 1, a: "x"), .second]) == (try reference([Choice.first(b: 1, a: "x"), .second])))
    for value in ["", "plain", "tab\there"] { #expect(text(value) == (try reference(value))) }
  }

  @Test("A plan has the digest that Foundation's JSON has")
  func plan() throws {
    let request = Fixture.request("v2", strategy: .blueGreen(BlueGreenSpec(keepPrevious: .seconds(5))))
    let plan = try Plan.compile(request, live: nil)
    #expect(plan.digest == Digest(hashing: try reference(plan).utf8))
  }
}
