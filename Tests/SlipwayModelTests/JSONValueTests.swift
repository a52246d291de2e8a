import Foundation
import SlipwayModel
import Testing

@Suite("JSON values")
struct JSONValueTests {
  @Test(
    "What was read is written again unchanged",
    arguments: [#"{"a":[1,2.5,"x",true,null],"b":{}}"#, "9007199254740993", #"[1e+300,-7,"1"]"#])
  func roundTrip(text: String) throws {
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    #expect(String(decoding: try encoder.encode(value), as: UTF8.self) == text)
  }

  @Test("Members are set, replaced and removed")
  func members() {
    var value: JSONValue = ["spec": ["replicas": 3]]
    value["spec"]?["replicas"] = 4
    value["kind"] = "Deployment"
    #expect(value == ["spec": ["replicas": 4], "kind": "Deployment"])
    value["kind"] = nil
    #expect(value == ["spec": ["replicas": 4]])
    #expect(value[path: ["spec", "replicas"]] == 4)
    #expect(value[path: ["spec", "none", "deeper"]] == nil)
  }
}
