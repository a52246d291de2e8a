import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Amounts of resources")
struct QuantityTests {
  @Test(
    "Equal amounts are equal, however they are written",
    arguments: [
      ("1", "1000m"), ("0.5", "500m"), ("1.5Gi", "1536Mi"), ("1Ki", "1024"), ("1k", "1000"), ("1e3", "1k"), ("1E3", "1k"), ("8E", "8e18"),
      ("+5", "5"), (".5", "500m"), ("5.", "5"), ("0.1n", "1n"), ("1u", "1000n"), ("100M", "1e8"), ("0", "0Gi"), ("1e-3", "1m"),
      ("1.0000000001", "1000000001n"),
    ])
  func equal(a: String, b: String) throws {
    #expect(try #require(Quantity(a)) == #require(Quantity(b)))
  }

  @Test(
    "What is no amount is none",
    arguments: ["", "Gi", "-1", "1 Gi", "1gi", "1KB", "1.2.3", "0x10", "1e", "++1", "1e99", "10Ei", "9223372036854775808", "١"])
  func none(text: String) {
    #expect(Quantity(text) == nil)
  }

  @Test("Amounts are added, taken away down to nothing, and compared exactly")
  func arithmetic() throws {
    func amount(_ text: String) throws -> Quantity { try #require(Quantity(text)) }
    #expect(try amount("100m") * 3 + amount("700m") == Quantity(1))
    #expect(try amount("1Gi") - amount("2Gi") == .zero)
    #expect(try amount("999999999n") < amount("1"))
    #expect(try amount("1G") < amount("1Gi"))
  }

  @Test("They are told in the shortest exact form")
  func words() throws {
    for text in ["500m", "2", "1536Mi", "1Gi", "0", "1500m", "7u", "3n", "1000"] {
      #expect(try #require(Quantity(text)).description == text)
    }
    #expect(try #require(Quantity("2048Mi")).description == "2Gi")
  }
}
