import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("What pods need to start")
struct NeededObjectsTests {
  @Test("Names are found in every place that a pod has for them, but for those that are optional")
  func names() {
    let container: JSONValue = [
      "name": "app",
      "envFrom": [["configMapRef": ["name": "flags"]], ["secretRef": ["name": "maybe", "optional": true]]],
      "env": [
        ["name": "A", "valueFrom": ["secretKeyRef": ["name": "db", "key": "password"]]],
        ["name": "B", "valueFrom": ["configMapKeyRef": ["name": "flags", "key": "b"]]],
        ["name": "C", "value": "plain"],
      ],
    ]
    let initial: JSONValue = ["env": [["name": "A", "valueFrom": ["secretKeyRef": ["name": "db", "key": "user"]]]]]
    let pod: JSONValue = [
      "containers": [container], "initContainers": [initial],
      "imagePullSecrets": [["name": "pull"]], "serviceAccountName": "api",
      "volumes": [
        ["name": "a", "secret": ["secretName": "tls", "items": [["key": "tls.crt", "path": "x"]]]],
        ["name": "b", "configMap": ["name": "files"]],
        ["name": "c", "projected": ["sources": [["secret": ["name": "token"]], ["configMap": ["name": "later", "optional": true]]]]],
        ["name": "d", "persistentVolumeClaim": ["claimName": "data"]], ["name": "e", "emptyDir": [:]],
      ],
    ]
    let needs = NeededObjects(of: ObjectDocument(["spec": ["template": ["spec": pod]]])).needs
    #expect(
      needs.map { "\($0.kind.kind) \($0.name) \($0.keys.joined(separator: ","))" } == [
        "ConfigMap files ", "ConfigMap flags b", "PersistentVolumeClaim data ", "Secret db password,user", "Secret pull ",
        "Secret tls tls.crt",
        "Secret token ", "ServiceAccount api ",
      ])
  }

  @Test("A key that is missing is missing, wherever the others stand")
  func keys() {
    let need = NeededObjects.Need(kind: .secret, name: "db", keys: ["password", "user"])
    let present = ObjectDocument(["data": ["user": "eA=="], "stringData": ["other": "x"]])
    #expect(NeededObjects.lack(of: need, in: nil) == "Secret 'db'")
    #expect(NeededObjects.lack(of: need, in: present) == "'password' in Secret 'db'")
    #expect(NeededObjects.lack(of: need, in: ObjectDocument(["data": ["user": "", "password": ""]])) == nil)
  }
}
