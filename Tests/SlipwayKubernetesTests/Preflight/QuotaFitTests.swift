import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Room in quotas")
struct QuotaFitTests {
  private func template(_ containers: JSONValue, _ more: [String: JSONValue] = [:]) -> JSONValue {
    ["spec": .object(more.merging(["containers": containers]) { $1 })]
  }

  private func container(_ requests: JSONValue?, limits: JSONValue? = nil, name: String = "app") -> JSONValue {
    var resources: JSONValue = [:]
    resources["requests"] = requests
    resources["limits"] = limits
    return ["name": .text(name), "resources": resources]
  }

  private func quota(_ hard: JSONValue, used: JSONValue = [:], _ spec: [String: JSONValue] = [:]) -> ObjectDocument {
    ObjectDocument([
      "metadata": ["name": "compute"], "spec": .object(spec.merging(["hard": hard]) { $1 }), "status": ["hard": hard, "used": used],
    ])
  }

  private func need(_ pods: Int, _ template: JSONValue, _ ranges: [ObjectDocument] = []) -> QuotaFit.Need {
    QuotaFit.Need(pods: pods, each: PodDemand(template: template, limitRanges: ranges))
  }

  private func messages(_ quotas: [ObjectDocument], _ need: QuotaFit.Need, freed: QuotaFit.Need? = nil) -> [String] {
    QuotaFit.problems(quotas: quotas, need: need, freed: freed, name: "'api-green'").map(\.message)
  }

  @Test("Replicas that just fit, fit; one more does not, and every shortage is told")
  func fits() {
    let pods = template([container(["cpu": "500m", "memory": "1Gi"], limits: ["memory": "1Gi"])])
    let hard: JSONValue = ["requests.cpu": "4", "memory": "8Gi", "limits.memory": "20Gi", "pods": "10", "services": "1"]
    let compute = quota(hard, used: ["requests.cpu": "2500m", "memory": "5Gi", "limits.memory": "5Gi", "pods": "5", "services": "1"])
    #expect(messages([compute], need(3, pods)) == [])
    #expect(
      messages([compute], need(4, pods)) == [
        "ResourceQuota 'compute' leaves no room for 4 replicas of 'api-green' beside what runs: memory 4Gi needed, 3Gi of 8Gi left; "
          + "requests.cpu 2 needed, 1500m of 4 left"
      ])
    #expect(messages([compute], need(6, pods))[0].contains("pods 6 needed, 5 of 10 left"))
    #expect(messages([compute], need(0, pods)) == [])
  }

  @Test("Pods that give way make room, and only what they had")
  func freed() {
    let pods = template([container(["cpu": "1"])])
    let compute = quota(["cpu": "4", "pods": "10"], used: ["cpu": "4", "pods": "4"])
    #expect(messages([compute], need(2, pods)).count == 1)
    #expect(messages([compute], need(2, pods), freed: need(2, pods)) == [])
    #expect(messages([compute], need(3, pods), freed: need(2, pods)).count == 1)
  }

  @Test("A container that states nothing is refused by a quota, unless a LimitRange speaks for it")
  func unstated() {
    let pods = template([container(["cpu": "1"]), container(nil, name: "sidecar")])
    let compute = quota(["requests.cpu": "10", "limits.memory": "10Gi"])
    #expect(
      messages([compute], need(1, pods)) == [
        "ResourceQuota 'compute' leaves no room for 1 replica of 'api-green' beside what runs: limits.memory is limited, and 'app', "
          + "'sidecar' states none; requests.cpu is limited, and 'sidecar' states none"
      ])
    let range = ObjectDocument(["spec": ["limits": [["type": "Container", "default": ["cpu": "2", "memory": "1Gi"]]]]])
    #expect(messages([compute], need(3, pods, [range])) == [])
    // 1 + 2 of CPU for each pod.
    #expect(messages([compute], need(4, pods, [range]))[0].contains("requests.cpu 12 needed, 10 of 10 left"))
  }

  @Test("What a pod asks for is the larger of what runs and what starts it, and a limit counts as a request")
  func demand() throws {
    func sidecar(_ cpu: JSONValue) -> JSONValue {
      var sidecar = container(["cpu": cpu], name: "proxy")
      sidecar["restartPolicy"] = "Always"
      return sidecar
    }
    func cpu(_ template: JSONValue) -> Quantity? { PodDemand(template: template).amounts["requests.cpu"] }
    let two: JSONValue = [container(["cpu": "1"]), container(nil, limits: ["cpu": "500m"])]
    #expect(cpu(template(two)) == Quantity("1500m"))
    #expect(cpu(template(two, ["initContainers": [container(["cpu": "4"])]])) == Quantity(4))
    #expect(cpu(template(two, ["initContainers": [sidecar("1"), container(["cpu": "4"])]])) == Quantity(5))
    #expect(cpu(template(two, ["initContainers": [container(["cpu": "2"]), sidecar("1")]])) == Quantity("2500m"))
    #expect(cpu(template(two, ["resources": ["requests": ["cpu": "3"]]])) == Quantity(3))
    #expect(cpu(template(two, ["overhead": ["cpu": "250m"]])) == Quantity("1750m"))
    // Without quotes in a manifest.
    #expect(cpu(template([container(["cpu": 2])])) == Quantity(2))
    #expect(cpu(template([container(["cpu": 0.5])])) == Quantity("500m"))
  }

  @Test("A quota counts only for pods in its scopes")
  func scopes() {
    let burst = template([container(["cpu": "1"])])
    let plain = template([container(nil)])
    let high = template([container(["cpu": "1"])], ["priorityClassName": "high"])
    func refused(_ spec: [String: JSONValue], _ template: JSONValue) -> Bool {
      !messages([quota(["pods": "1"], used: ["pods": "1"], spec)], need(1, template)).isEmpty
    }
    func selector(_ operation: JSONValue, _ values: JSONValue = []) -> [String: JSONValue] {
      ["scopeSelector": ["matchExpressions": [["scopeName": "PriorityClass", "operator": operation, "values": values]]]]
    }
    #expect(refused([:], burst))
    #expect(refused(["scopes": ["NotTerminating"]], burst))
    #expect(!refused(["scopes": ["Terminating"]], burst))
    #expect(refused(["scopes": ["BestEffort"]], plain))
    #expect(!refused(["scopes": ["BestEffort"]], burst))
    #expect(refused(["scopes": ["NotBestEffort"]], burst))
    #expect(!refused(["scopes": ["NotBestEffort", "BestEffort"]], burst))
    #expect(refused(selector("In", ["high"]), high))
    #expect(!refused(selector("In", ["high"]), burst))
    #expect(refused(selector("NotIn", ["high"]), burst))
    #expect(refused(selector("Exists"), high))
    #expect(!refused(selector("Exists"), burst))
    #expect(refused(selector("DoesNotExist"), burst))
    #expect(!refused(["scopes": ["CrossNamespacePodAffinity"]], burst))
  }
}
