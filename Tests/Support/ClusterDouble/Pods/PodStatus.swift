import SlipwayModel

/// What a pod's status says about a run (Kubernetes documentation, "Pod Lifecycle").
enum PodStatus {
  static func unschedulable(_ nodes: Int) -> String {
    "0/\(nodes) nodes are available: \(nodes) Insufficient cpu. preemption: 0/\(nodes) nodes are available: "
      + "\(nodes) No preemption victims found for incoming pod."
  }

  static func pullFailure(_ image: String) -> String {
    "Failed to pull image \"\(image)\": rpc error: code = NotFound desc = failed to pull and unpack image \"\(image)\": failed to resolve "
      + "reference \"\(image)\": \(image): not found"
  }

  static func restarting(_ pod: StoredObject) -> String {
    let container = pod.json["spec", "containers"]?.items?.first?["name"]?.text ?? ""
    return "Back-off restarting failed container \(container) in pod \(pod.name.name)_\(pod.name.namespace)(\(pod.uid))"
  }

  static func phase(_ run: PodRun) -> String {
    switch run.stage {
    case .unscheduled, .pulling, .imageMissing: "Pending"
    case .starting: run.restarts > 0 ? "Running" : "Pending"
    case .running, .crashed, .stopping: "Running"
    case .ended, .gone: run.lastExit?.code == 0 ? "Succeeded" : "Failed"
    }
  }

  /// The `state` of a container.
  static func state(_ run: PodRun, container: JSONValue, pod: StoredObject) -> JSONValue {
    let image = container["image"]?.text ?? ""
    func waiting(_ reason: String, _ message: String? = nil) -> JSONValue {
      ["waiting": .compact(["reason": .text(reason), "message": message.map { .text($0) }])]
    }
    switch run.stage {
    case .unscheduled, .pulling, .starting: return waiting("ContainerCreating")
    case .imageMissing(_, _, false): return waiting("ErrImagePull", pullFailure(image))
    case .imageMissing(_, _, true):
      return waiting("ImagePullBackOff", "Back-off pulling image \"\(image)\": ErrImagePull: \(pullFailure(image))")
    case .running(let since), .stopping(_, let since): return ["running": ["startedAt": since.api]]
    case .crashed(_, let pause):
      guard pause > .zero else { return run.lastExit.map(terminated) ?? [:] }
      let name = container["name"]?.text ?? ""
      return waiting(
        "CrashLoopBackOff",
        "back-off \(pause) restarting failed container=\(name) pod=\(pod.name.name)_\(pod.name.namespace)(\(pod.uid))")
    case .ended, .gone: return run.lastExit.map(terminated) ?? [:]
    }
  }

  static func terminated(_ exit: PodRun.Exit) -> JSONValue {
    [
      "terminated": [
        "exitCode": .integer(exit.code), "reason": .text(exit.reason), "startedAt": exit.startedAt.api, "finishedAt": exit.finishedAt.api,
      ]
    ]
  }
}

extension ClusterState {
  mutating func writeStatus(of pod: StoredObject, _ run: PodRun) {
    guard var json = self[.pod, pod.name]?.json else { return }
    var status = json["status"] ?? [:]
    status["phase"] = .text(PodStatus.phase(run))
    if let node = run.node {
      status["hostIP"] = .text("192.168.0.\(node.split(separator: "-").last.map(String.init) ?? "1")")
      if status["startTime"] == nil { status["startTime"] = now.api }
      status["containerStatuses"] = .list(containerStatuses(of: pod, run))
    }
    if let address = run.address, run.serves {
      status["podIP"] = .text(address)
      status["podIPs"] = [["ip": .text(address)]]
    }
    setConditions(&status, run, pod)
    json["status"] = status
    put(.pod, pod.name, json)
  }

  private func containerStatuses(of pod: StoredObject, _ run: PodRun) -> [JSONValue] {
    (pod.json["spec", "containers"]?.items ?? []).map { container in
      let isRunning = run.serves
      var status: JSONValue = [
        "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": container["image"] ?? "",
        "ready": .flag(run.isReady),
        "started": .flag(isRunning), "restartCount": .integer(run.restarts),
        "state": PodStatus.state(run, container: container, pod: pod), "lastState": [:],
      ]
      if isRunning { status["containerID"] = .text("containerd://\(pod.uid)-\(run.restarts)") }
      var showsExit = run.restarts > 0
      if case .crashed(_, let pause) = run.stage { showsExit = pause > .zero }
      if let exit = run.lastExit, showsExit { status["lastState"] = PodStatus.terminated(exit) }
      return status
    }
  }

  private func setConditions(_ status: inout JSONValue, _ run: PodRun, _ pod: StoredObject) {
    let names = (pod.json["spec", "containers"]?.items ?? []).compactMap { $0["name"]?.text }.joined(separator: " ")
    if run.node == nil {
      if run.failedScheduling {
        status.setCondition(
          "PodScheduled", "False", reason: "Unschedulable", message: PodStatus.unschedulable(settings.nodes), at: now)
      }
      return
    }
    status.setCondition("PodScheduled", "True", reason: nil, message: nil, at: now)
    status.setCondition("Initialized", "True", reason: nil, message: nil, at: now)
    for condition in ["Ready", "ContainersReady"] {
      status.setCondition(
        condition, run.isReady ? "True" : "False", reason: run.isReady ? nil : "ContainersNotReady",
        message: run.isReady ? nil : "containers with unready status: [\(names)]", at: now)
    }
  }
}
