import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("The definition of the custom resource Release")
struct ReleaseDefinitionTests {
  @Test("It is as recorded, and the recording fits Kubernetes' schema (scripts/validate-manifests.sh)")
  func snapshot() throws {
    try Snapshot.expect([ReleaseDefinition.manifest], are: "release-definition")
  }

  @Test("Every field has a type and says what it is, texts have a greatest length, lists and maps a greatest number")
  func structural() throws {
    let schema = try #require(ReleaseDefinition.manifest.spec?["versions"]?.items?.first?[path: ["schema", "openAPIV3Schema"]])
    var found: [String] = []
    func look(_ schema: JSONValue, at path: String) {
      let type = schema["type"]?.text
      if type == nil { found.append("\(path): no type") }
      let isStandard = ["/apiVersion", "/kind", "/metadata"].contains(path) || path.hasSuffix("/*")
      if !isStandard, schema["description"]?.text?.hasSuffix(".") != true { found.append("\(path): no sentence") }
      switch type {
      case "string":
        if !isStandard, schema["maxLength"] == nil, schema["enum"] == nil, schema["format"] == nil { found.append("\(path): no bound") }
      case "integer":
        if schema["minimum"] == nil || schema["maximum"] == nil { found.append("\(path): no bounds") }
      case "array":
        if schema["maxItems"] == nil { found.append("\(path): no bound") }
        look(schema["items"] ?? .null, at: path + "/-")
      case "object":
        for (name, property) in schema["properties"]?.members ?? [:] { look(property, at: "\(path)/\(name)") }
        if let value = schema["additionalProperties"] {
          if schema["maxProperties"] == nil { found.append("\(path): no bound") }
          look(value, at: path + "/*")
        }
      default: break
      }
    }
    look(schema, at: "")
    #expect(found == [])
  }

  @Test("It has no finalizer to wait for, one version, and a status that is written apart from the rest")
  func shape() {
    let versions = ReleaseDefinition.manifest.spec?["versions"]?.items ?? []
    #expect(versions.map { $0["name"] } == ["v1alpha1"])
    #expect(versions.first?["subresources"] == ["status": [:]])
    let columns = versions.first?["additionalPrinterColumns"]?.items ?? []
    #expect(
      columns.filter { $0["priority"] == nil }.compactMap { $0["name"]?.text } == ["Service", "Version", "Phase", "Share", "Ready", "Age"])
  }
}
