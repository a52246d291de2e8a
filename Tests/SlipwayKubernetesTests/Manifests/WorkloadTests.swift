import SlipwayKubernetes
import SlipwayModel
import Testing

@Suite("A slot's objects")
struct WorkloadTests {
  @Test("A service with everything stated")
  func complete() throws {
    try Snapshot.expect(try Sample.slot(fence: Fence(epoch: 7, sequence: 12)).objects(), are: "slot-complete")
  }

  @Test("A service with nothing but an image")
  func minimal() throws {
    let spec = ServiceSpec(name: Sample.name("api"), image: "registry.example/shop/api")
    let slot = try Sample.slot(.blue, replicas: 1, spec: spec)
    #expect(slot.secretDocument == nil)
    try Snapshot.expect(slot.objects(), are: "slot-minimal")
  }

  @Test("The service's own Service")
  func root() throws {
    let service = try Sample.service()
    try Snapshot.expect([service.rootDocument(selecting: .only(.blue)), service.rootDocument(selecting: .both)], are: "root-service")
  }

  @Test("The selector of a slot is the same for every release, and the pods of each have it")
  func selector() throws {
    let releases = try ["1.0.0", "2.0.0"].map { try Sample.slot(version: $0).deploymentDocument.json }
    let selectors = releases.map { $0[path: ["spec", "selector", "matchLabels"]]?.members ?? [:] }
    #expect(selectors[0] == ["slipway.dev/service": "api", "slipway.dev/environment": "production", "slipway.dev/slot": "green"])
    #expect(selectors[0] == selectors[1])
    for release in releases {
      let labels = release[path: ["spec", "template", "metadata", "labels"]]?.members ?? [:]
      #expect(selectors[0].allSatisfy { labels[$0.key] == $0.value })
    }
    #expect(releases[0]["spec"] != releases[1]["spec"])
  }

  @Test("argo #958, #1297: other values of variables make other pods, so that configuration goes out and back with the code")
  func configuration() throws {
    let one = try Sample.slot().deploymentDocument.json[path: ["spec", "template"]]
    let release = Release(
      version: Sample.release().version, artifact: Sample.release().artifact, configuration: Digest(hashing: "other values".utf8))
    let other = SlotWorkload(
      service: try Sample.service(),
      workload: Workload(key: Sample.key, slot: .green, release: release, replicas: 3, service: Sample.spec), image: Sample.image)
    #expect(other.deploymentDocument.json[path: ["spec", "template"]] != one)
    #expect(try Sample.slot().deploymentDocument.json[path: ["spec", "template"]] == one)
  }

  @Test("The fence and the number of replicas are no part of the pods: writing them again restarts nothing")
  func fence() throws {
    let first = try Sample.slot(replicas: 2, fence: Fence(epoch: 1, sequence: 1)).deploymentDocument
    let second = try Sample.slot(replicas: 5, fence: Fence(epoch: 2, sequence: 9)).deploymentDocument
    #expect(first.json[path: ["spec", "template"]] == second.json[path: ["spec", "template"]])
    #expect([first, second].map { Fence(of: $0) } == [Fence(epoch: 1, sequence: 1), Fence(epoch: 2, sequence: 9)])
    #expect(Fence(epoch: 1, sequence: 9).isBehind(Fence(epoch: 2, sequence: 1)))
    #expect(!Fence(epoch: 2, sequence: 1).isBehind(Fence(epoch: 2, sequence: 1)))
  }

  @Test("No value of a variable stands anywhere but in the Secret")
  func secrecy() throws {
    let slot = try Sample.slot()
    for document in try slot.objects() where document.json["kind"] != "Secret" {
      let text = try Snapshot.yaml(document.json)
      #expect(
        !text.contains("postgres://") && !text.contains("cG9zdGdyZXM6") && !text.contains(Digest(hashing: "postgres://db/shop".utf8).short))
    }
    // RFC 4648: "postgres://db/shop" and "10".
    #expect(slot.secretDocument?.json["data"] == ["DATABASE_URL": "cG9zdGdyZXM6Ly9kYi9zaG9w", "LIMIT": "MTA="])
  }

  @Test("A slot without replicas is written as that")
  func nothing() throws {
    #expect(try Sample.slot(replicas: 0).deploymentDocument.json[path: ["spec", "replicas"]] == 0)
  }

  @Test("Before 1.30 the image's own sleep keeps a pod running while its endpoint goes")
  func preStop() throws {
    func hook(_ minor: Int) throws -> JSONValue? {
      let slot = try Sample.slot(cluster: ClusterVersion(major: 1, minor: minor))
      return slot.deploymentDocument.json.value(at: "/spec/template/spec/containers/0/lifecycle/preStop")
    }
    #expect(try hook(29) == ["exec": ["command": ["sleep", "15"]]])
    #expect(try hook(30) == ["sleep": ["seconds": 15]])
  }

  @Test(
    "Drain and grace both fit into the time before SIGKILL, and a drain of nothing is still time for endpoints to go", arguments: [0, 15])
  func shutdown(drain: Int64) throws {
    let spec = ServiceSpec(name: Sample.name("api"), shutdown: ShutdownSpec(drain: .seconds(drain), grace: .seconds(20)))
    let pods = try Sample.slot(spec: spec).deploymentDocument.json[path: ["spec", "template", "spec"]]
    let sleep = pods?.value(at: "/containers/0/lifecycle/preStop/sleep/seconds")?.integer ?? 0
    #expect(sleep == max(3, Int(drain)))
    #expect(pods?["terminationGracePeriodSeconds"] == .integer(sleep + 20))
  }

  @Test("Times below a second are rounded up to the second that the API knows, and the deadline stays above minReadySeconds")
  func rounding() throws {
    let health = HealthSpec(
      interval: .milliseconds(100), timeout: .milliseconds(1), minimumHealthyTime: .milliseconds(1), startupTimeout: .milliseconds(1))
    let deployment = try Sample.slot(spec: ServiceSpec(name: Sample.name("api"), health: health)).deploymentDocument.json
    #expect(deployment[path: ["spec", "minReadySeconds"]] == 1)
    #expect(deployment[path: ["spec", "progressDeadlineSeconds"]] == 2)
    #expect(
      deployment.value(at: "/spec/template/spec/containers/0/startupProbe") == [
        "httpGet": ["path": "/health", "port": "http", "scheme": "HTTP"], "periodSeconds": 1, "timeoutSeconds": 1, "failureThreshold": 1,
      ])
  }
}

@Suite("Names and labels in a cluster")
struct NamingTests {
  @Test("A service whose slots would have names that are too long is refused by name")
  func tooLong() throws {
    let longest = Sample.name(String(repeating: "a", count: 57))
    #expect(try Sample.service(DeploymentKey(service: longest, environment: Sample.name("e"))).service(of: .green).name.count == 63)
    let key = DeploymentKey(service: Sample.name(String(repeating: "a", count: 58)), environment: Sample.name("e"))
    let error = #expect(throws: SlipwayError.self) { try Sample.service(key) }
    #expect(error?.code == .kubernetesNameTooLong)
    #expect(error?.remedy == "choose a name of at most 57 characters")
  }

  @Test("A service whose name begins with a digit is refused before the cluster does")
  func digit() throws {
    let key = DeploymentKey(service: Sample.name("2048"), environment: Sample.name("e"))
    #expect(throws: SlipwayError.self) { try Sample.service(key) }
  }

  @Test(
    "A version of whatever characters and length becomes a valid label",
    arguments: [
      ("1.4.2", "1.4.2"), ("1.4.2+build.7", "1.4.2_build.7"), ("1.0.0-", "1.0.0"),
      (String(repeating: "v", count: 100), String(repeating: "v", count: 63)),
      (String(repeating: "a", count: 62) + "-b", String(repeating: "a", count: 62)),
    ])
  func versions(version: String, label: String) throws {
    #expect(Label.value(version) == label)
    let deployment = try Sample.slot(version: version).deploymentDocument
    #expect(deployment.labels["app.kubernetes.io/version"] == label)
    #expect(deployment.annotations["slipway.dev/version"] == version)
  }
}
