import SlipwayLedger
import Testing

@Suite("An entry has one form in bytes")
struct EntryTests {
  private let entry = EntryEnvelope(
    index: 42, at: "2026-11-21T09:14:07.250Z", stream: "rollout/r-1", kind: "step_started", actorKind: "person",
    actorName: "ann \"a\" \\ \u{8}\t\n\u{c}\r\u{1}\u{1f}\u{7f} ü/é 🚢", cause: nil,
    body: Array(#"{"a":[1,-2.5e+3,"x\/\u00e9"],"b":{}}"#.utf8))

  private func changed(_ change: (inout EntryEnvelope) -> Void) -> EntryEnvelope {
    var copy = entry
    change(&copy)
    return copy
  }

  private func decode(_ bytes: [UInt8]) throws -> EntryEnvelope {
    try bytes.withUnsafeBytes { try EntryEnvelope(decoding: $0) }
  }

  @Test("The bytes are canonical JSON: sorted keys, no white space, RFC 8785's escapes")
  func exactBytes() throws {
    let text = String(decoding: try entry.encoded(), as: UTF8.self)
    #expect(
      text == #"{"actor":{"kind":"person","name":"ann \"a\" \\ \b\t\n\f\r\u0001\u001f\#u{7f} ü/é 🚢"},"at":"2026-11-21T09:14:07.250Z","#
        + #""body":{"a":[1,-2.5e+3,"x\/\u00e9"],"b":{}},"cause":null,"index":42,"kind":"step_started","stream":"rollout/r-1","v":1}"#)
  }

  @Test("What was encoded is decoded to the same values")
  func roundTrip() throws {
    for value in [entry, changed { $0.cause = "a \"reason\"\u{0}" }, changed { $0.index = .max }, changed { $0.body = Array("{}".utf8) }] {
      #expect(try decode(try value.encoded()) == value)
    }
  }

  @Test(
    "A body that is not one JSON object without white space is refused",
    arguments: [
      "", "null", "[]", "{", "{}}", "{ }", #"{"a":1,}"#, #"{"a" :1}"#, #"{"a":01}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":+1}"#,
      #"{"a":NaN}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#, "{\"a\":\"\n\"}", #"{a:1}"#, #"{"a":tru}"#, #"{},"cause":null,"index":7"#,
      #"{}{}"#, String(repeating: #"{"a":"#, count: 65) + "1" + String(repeating: "}", count: 65),
    ])
  func malformedBodies(body: String) {
    let fault = #expect(throws: EntryFault.self) { try changed { $0.body = Array(body.utf8) }.encoded() }
    #expect(fault?.reason == .malformed)
  }

  @Test("A body that is not UTF-8 is refused")
  func notUTF8() {
    #expect(throws: EntryFault.self) { try changed { $0.body = Array("{\"a\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8) }.encoded() }
  }

  @Test("Time, stream, kind and author outside their bounds are refused")
  func bounds() {
    let wrong: [(inout EntryEnvelope) -> Void] = [
      { $0.at = "2026-11-21T09:14:07Z" }, { $0.at = "2026-11-21 09:14:07.250Z" }, { $0.stream = "" }, { $0.stream = "a b" },
      { $0.stream = "a\"b" }, { $0.stream = "a\\b" }, { $0.stream = "ü" }, { $0.stream = String(repeating: "s", count: 201) },
      { $0.kind = "" }, { $0.kind = "Step" }, { $0.kind = "a-b" }, { $0.kind = String(repeating: "k", count: 65) },
      { $0.actorKind = "robot" }, { $0.index = -1 },
    ]
    for change in wrong { #expect(throws: EntryFault.self) { try changed(change).encoded() } }
  }

  @Test("An entry of 65,535 bytes fits, one more does not")
  func largest() throws {
    let rest = try changed { $0.body = Array(#"{"a":""}"#.utf8) }.encoded().count
    func body(_ total: Int) -> [UInt8] { Array("{\"a\":\"".utf8) + [UInt8](repeating: 0x78, count: total - rest) + Array("\"}".utf8) }
    #expect(try changed { $0.body = body(65_535) }.encoded().count == 65_535)
    let fault = #expect(throws: EntryFault.self) { try changed { $0.body = body(65_536) }.encoded() }
    #expect(fault?.reason == .tooLarge(65_536))
  }

  @Test("Bytes with anything changed are another entry or none, and never a crash")
  func damage() throws {
    let bytes = try entry.encoded()
    var random = SeededGenerator(state: 1)
    for place in bytes.indices {
      for value in [bytes[place] ^ 1, bytes[place] ^ 0x80, 0, UInt8.random(in: 0...255, using: &random)] where value != bytes[place] {
        var copy = bytes
        copy[place] = value
        #expect((try? decode(copy)) != entry)
      }
      #expect(throws: EntryFault.self) { try decode(Array(bytes[..<place])) }
    }
    #expect(throws: EntryFault.self) { try decode(bytes + [0x20]) }
  }
}

@Suite("Hashes are written and read exactly")
struct HashTextTests {
  @Test("A hash is 32 bytes or 64 hexadecimal digits and nothing else")
  func forms() throws {
    let hash = MerkleHash.leaf([1, 2, 3])
    #expect(MerkleHash(hash.bytes) == hash)
    #expect(MerkleHash(hexadecimal: hash.hexadecimal) == hash)
    #expect(MerkleHash(hexadecimal: hash.hexadecimal.uppercased()) == hash)
    #expect(MerkleHash([UInt8](repeating: 0, count: 31)) == nil)
    #expect(MerkleHash(hexadecimal: "zz" + hash.hexadecimal.dropFirst(2)) == nil)
    #expect(hash.base64.count == 44)
  }
}
