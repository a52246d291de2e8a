#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a client asks.
struct Question: Decodable {
  let question: String
}

/// What the "model" says: made from the words of the question, so the same question gets the same answer.
struct Answer: Encodable, Equatable {
  let answer: String
  let model: String
  let version: String
  /// Number of words in `answer`: a language model counts the like of them.
  let tokens: Int
  private enum CodingKeys: String, CodingKey { case answer, model, version, tokens }

  init(to question: String, version: String) {
    let words = Self.words(for: question)
    answer = words.joined(separator: " ")
    model = "slipway-tiny"
    self.version = version
    tokens = words.count
  }

  /// The answer, one element a token. At most the first twelve words of the question are taken up.
  static func words(for question: String) -> [String] {
    let asked = question.split(whereSeparator: \.isWhitespace).prefix(12).map(String.init)
    let openings = ["In short,", "As far as I know,", "On balance,", "Put simply,"]
    let opening = openings[question.utf8.reduce(0) { ($0 + Int($1)) % openings.count }]
    return opening.split(separator: " ").map(String.init) + ["this", "is", "what", "I", "can", "say", "about:"] + asked
  }
}

/// The answer to an upload, for the sender to compare with what was sent.
struct UploadReceipt: Encodable, Equatable {
  let bytes: Int
  /// FNV-1a, 32 bit, as eight hexadecimal digits.
  let checksum: String
  let version: String
}

/// A request that could not be served.
struct Failure: Encodable, Equatable {
  let error: String
  let version: String
}

/// FNV-1a with 32 bits (draft-eastlake-fnv): finds lost, doubled and swapped bytes, and needs no library.
struct Checksum: Equatable {
  private(set) var value: UInt32 = 0x811c_9dc5

  mutating func update(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
  }

  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// One JSON document with sorted keys and a final line break.
func json(_ value: some Encodable) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
}

/// The question in a JSON body; `nil` when there is none.
func question(inBody body: [UInt8]) -> String? {
  guard let question = try? JSONDecoder().decode(Question.self, from: Data(body)).question else { return nil }
  return question.isEmpty ? nil : question
}

/// The value of `q` in a query such as `q=what%20is+it`; `nil` when it is missing or not well-formed.
func question(inQuery query: Substring) -> String? {
  for pair in query.split(separator: "&") where pair.hasPrefix("q=") {
    return percentDecoded(pair.dropFirst(2))
  }
  return nil
}

/// Undoes the encoding of a query (RFC 3986, section 2.1, with `+` for a space); `nil` when it is not well-formed.
private func percentDecoded(_ text: Substring) -> String? {
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    switch byte {
    case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      let digits = rest.prefix(2)
      guard digits.count == 2, let text = String(digits), text.allSatisfy(\.isHexDigit), let value = UInt8(text, radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    default: bytes.append(byte)
    }
  }
  return String(validating: bytes, as: UTF8.self)
}
