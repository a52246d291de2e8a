import Foundation
import SlipwayModel
import Testing

@Suite("Variables")
struct VariableTests {
  private let seal = ValueSeal(key: (0..<32).map { UInt8($0) })
  private let values = ["API_KEY": "s3cr3t-value", "MODEL": "tiny"]

  @Test("Values are written only by an encoder that says that it may carry them, and come back from it")
  func writing() throws {
    let service = ServiceSpec(name: try #require(Name("api")), variables: .values(values))
    #expect(throws: EncodingError.self) { try JSONEncoder().encode(service) }
    do { _ = try JSONEncoder().encode(service) } catch { #expect(!"\(error)".contains("s3cr3t-value")) }
    let encoder = JSONEncoder()
    encoder.userInfo[.carriesValues] = true
    #expect(try JSONDecoder().decode(ServiceSpec.self, from: try encoder.encode(service)) == service)
  }

  @Test("What is sealed is written by any encoder, with names and digests and without values")
  func sealed() throws {
    let variables = Variables.values(values).sealed(with: seal)
    let bytes = try JSONEncoder().encode(variables)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("API_KEY") && !text.contains("s3cr3t-value") && !text.contains("tiny"))
    #expect(try JSONDecoder().decode(Variables.self, from: bytes) == variables)
    #expect(variables.values == nil && variables.names == ["API_KEY", "MODEL"])
    #expect(variables.sealed(with: ValueSeal(key: [1])) == variables)
  }

  @Test("No variables are written by any encoder, and have no set")
  func none() throws {
    #expect(String(decoding: try JSONEncoder().encode(Variables.none), as: UTF8.self) == "{}")
    #expect(Variables.none.sealed(with: seal) == .none)
  }

  @Test("A variable named like a field of the form is a variable")
  func namedLikeAField() throws {
    let variables = Variables.values(["set": "a", "digests": "b", "values": "c"])
    let encoder = JSONEncoder()
    encoder.userInfo[.carriesValues] = true
    #expect(try JSONDecoder().decode(Variables.self, from: try encoder.encode(variables)) == variables)
  }

  @Test(
    "Another form is refused, never taken for no variables",
    arguments: [
      #"{"API_KEY":"x"}"#, #"{"values":{},"set":"x"}"#, #"{"digests":{}}"#, #"{"set":"x","digests":{}}"#, "[]", #"{"values":{"A":1}}"#,
    ])
  func otherForms(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Variables.self, from: Data(text.utf8)) }
  }

  @Test("Text made of variables by mistake shows their names only")
  func description() throws {
    let service = ServiceSpec(name: try #require(Name("api")), variables: .values(values))
    var dumped = ""
    dump(service, to: &dumped)
    for text in ["\(service)", String(reflecting: service), dumped] {
      #expect(text.contains("API_KEY") && !text.contains("s3cr3t-value"))
    }
  }

  @Test("The digests tell which variable changed, and neither equal values of two variables nor anything without the key")
  func digests() {
    let first = seal.seal(["A": "1", "B": "1"])
    let second = seal.seal(["A": "1", "B": "2"])
    #expect(first.digests["A"] == second.digests["A"] && first.digests["B"] != second.digests["B"] && first.id != second.id)
    #expect(first.digests["A"] != first.digests["B"])
    #expect(seal.seal(["A": "1", "B": "1"]) == first)
    #expect(ValueSeal(key: [1]).seal(["A": "1", "B": "1"]).digests["A"] != first.digests["A"])
    #expect(seal.seal(["A": "1B", "C": ""]).id != seal.seal(["A": "1", "BC": ""]).id)
  }

  /// Made with `hmac` of Python's standard library.
  @Test("The digests are HMAC-SHA256 of the parts behind their lengths, cut to 128 bits")
  func vector() {
    #expect(seal.seal(["MODEL": "tiny"]).digests["MODEL"]?.description == "82113e427bec51362e33c05b075753cc")
    #expect(seal.seal(["MODEL": "tiny"]).id.description == "4213c50b0d4992302cc5746a57f034b0")
  }
}
