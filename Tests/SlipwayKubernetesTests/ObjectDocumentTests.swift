import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("Objects as documents")
struct ObjectDocumentTests {
  @Test("A new document says what it is, where and whose")
  func header() {
    let key = ObjectKey(.deployment, namespace: "shop", name: "api-blue")
    let document = ObjectDocument(key, labels: ["a": "1"], annotations: ["b": "2"])
    #expect(
      document.json == [
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": ["name": "api-blue", "namespace": "shop", "labels": ["a": "1"], "annotations": ["b": "2"]],
      ])
    #expect([document.labels, document.annotations] == [["a": "1"], ["b": "2"]])
  }

  @Test("What has no namespace gets none")
  func clusterWide() {
    let document = ObjectDocument(ObjectKey(.namespace, namespace: "shop", name: "shop"))
    #expect(document.json["metadata"] == ["name": "shop"])
  }
}
