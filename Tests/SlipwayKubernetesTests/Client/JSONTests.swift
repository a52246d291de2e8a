import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("JSON of the API")
struct JSONTests {
  @Test("What the general decoder reads is read as the same value")
  func same() throws {
    let document = #"""
       {"a": [1, -2.5, 0, true, false, null, "x\n\"\\\/\u00e9\ud83d\ude00é😀\t"], "b": {}, "c": [], "": {"d": [[]]},
       "big": 9007199254740993, "huge": 9223372036854775808, "tiny": 1e-7}
      """#
    #expect(try value(document) == JSONDecoder().decode(JSONValue.self, from: Data(document.utf8)))
  }

  @Test("What is written is read back unchanged, with names in order and without white space")
  func roundTrip() throws {
    let document: JSONValue = ["b": [1, 2.5, "a\u{1}\"\\\n", .null], "a": ["é": true]]
    #expect(text(document) == #"{"a":{"é":true},"b":[1,2.5,"a\u0001\"\\\u000a",null]}"#)
    #expect(try value(text(document)) == document)
  }

  @Test(
    "What is no JSON is refused, whatever is wrong",
    arguments: [
      "", " ", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "tru", "1.2.3", "-", "\"a", "\"\\x\"", "\"\\u12g4\"", "[1]x",
      "\"\u{1}\"",
      String(repeating: "[", count: 300) + String(repeating: "]", count: 300),
    ])
  func refused(text: String) { #expect(throws: JSONReader.Mistake.self) { try value(text) } }

  @Test("Half of a surrogate pair becomes the replacement character")
  func surrogates() throws { #expect(try value(#"["\ud83d", "\ude00", "\ud83dx"]"#) == ["\u{FFFD}", "\u{FFFD}", "\u{FFFD}x"]) }

  @Test("Lines are found wherever the pieces of a stream end, and one that is too long is refused")
  func lines() throws {
    var frames = LineFrames(limit: 5)
    let pieces = ["ab", "c\nde\n\nf", "", "\n", "12345", "\n"]
    let lines = try pieces.flatMap { try frames.lines(endingIn: Array($0.utf8)) }
    #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["abc", "de", "f", "12345"])
    #expect(throws: LineFrames.LineTooLong.self) { for _ in 0..<2 { _ = try frames.lines(endingIn: Array("123".utf8)) } }
  }
}
