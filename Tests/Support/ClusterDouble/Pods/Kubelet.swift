import SlipwayModel

extension ClusterState {
  /// Takes a pod as far as it can get by now, then writes its status.
  mutating func runPod(_ name: ObjectName) {
    guard let pod = self[.pod, name] else { return }
    var run = runs[name] ?? PodRun(uid: pod.uid, stage: .unscheduled(now + settings.schedulingTakes))
    if run.uid != pod.uid { run = PodRun(uid: pod.uid, stage: .unscheduled(now + settings.schedulingTakes)) }
    let behaviour = PodBehaviour.of(pod.json, settings)
    while advance(&run, pod, behaviour) {}
    guard run.stage != .gone else {
      remove(.pod, name)
      return
    }
    runs[name] = run
    writeStatus(of: pod, run)
    if let next = run.next { work.add(name, to: .kubelet, at: max(next, now + .milliseconds(1))) }
  }

  mutating func forgetPod(_ name: ObjectName) {
    runs[name] = nil
    logs.forget(name)
  }

  /// One step. `false` when nothing is due.
  private mutating func advance(_ run: inout PodRun, _ pod: StoredObject, _ behaviour: PodBehaviour) -> Bool {
    if pod.isBeingDeleted, let stage = stoppingStage(run, pod) {
      run.stage = stage
      return true
    }
    switch run.stage {
    case .unscheduled(let at):
      guard now >= at else { return false }
      schedule(&run, pod, behaviour)
    case .pulling(let until):
      guard now >= until else { return false }
      pull(&run, pod, behaviour, failures: 0)
    case .imageMissing(let until, let failures, let isBackingOff):
      guard now >= until else { return false }
      if isBackingOff { pull(&run, pod, behaviour, failures: failures) } else { backOffPulling(&run, pod, failures) }
    case .starting(let until):
      guard now >= until else { return false }
      start(&run, pod, behaviour)
    case .running(let since): return advanceRunning(&run, pod, behaviour, since)
    case .crashed(let restartAt, _):
      guard now >= restartAt else { return false }
      run.restarts += 1
      run.stage = .starting(until: now + settings.startingTakes)
    case .stopping(let until, _):
      guard now >= until else { return false }
      run.stage = .gone
    case .ended, .gone: return false
    }
    return true
  }

  /// What the deletion of a pod does to it; `nil` when it is stopping already.
  private mutating func stoppingStage(_ run: PodRun, _ pod: StoredObject) -> PodRun.Stage? {
    switch run.stage {
    case .stopping, .gone: return nil
    case .running(let since):
      tell(pod, "Normal", "Killing", "Stopping container \(containerName(pod))")
      let grace = TimeSpan.seconds(Int64(pod.json["metadata", "deletionGracePeriodSeconds"]?.integer ?? 30))
      return .stopping(until: now + min(grace, settings.stoppingTakes), since: since)
    case .unscheduled, .pulling, .imageMissing, .starting, .crashed, .ended: return .gone
    }
  }

  private mutating func schedule(_ run: inout PodRun, _ pod: StoredObject, _ behaviour: PodBehaviour) {
    let hasRoom = settings.podCapacity.map { capacity in runs.values.count { $0.node != nil } < capacity } ?? true
    guard behaviour != .unschedulable, hasRoom else {
      record(
        .pod, pod, type: "Warning", reason: "FailedScheduling", message: PodStatus.unschedulable(settings.nodes), from: "default-scheduler")
      run.failedScheduling = true
      run.stage = .unscheduled(now + .seconds(5))
      return
    }
    nextNode += 1
    nextAddress += 1
    let node = "node-\(nextNode % max(settings.nodes, 1) + 1)"
    run.failedScheduling = false
    run.node = node
    run.address = "10.244.\(nextAddress / 250 % 250).\(nextAddress % 250 + 1)"
    run.stage = .pulling(until: now + settings.pullingTakes)
    change(.pod, pod.name) { $0.set(.text(node), at: ["spec", "nodeName"]) }
    record(
      .pod, pod, type: "Normal", reason: "Scheduled", message: "Successfully assigned \(pod.name) to \(node)", from: "default-scheduler")
  }

  private mutating func pull(_ run: inout PodRun, _ pod: StoredObject, _ behaviour: PodBehaviour, failures: Int) {
    let image = image(pod)
    guard behaviour != .imageMissing else {
      tell(pod, "Normal", "Pulling", "Pulling image \"\(image)\"")
      tell(pod, "Warning", "Failed", PodStatus.pullFailure(image))
      tell(pod, "Warning", "Failed", "Error: ErrImagePull")
      run.stage = .imageMissing(until: now + .milliseconds(10), failures: failures + 1, isBackingOff: false)
      return
    }
    tell(pod, "Normal", "Pulled", "Container image \"\(image)\" already present on machine")
    run.stage = .starting(until: now + settings.startingTakes)
  }

  private mutating func backOffPulling(_ run: inout PodRun, _ pod: StoredObject, _ failures: Int) {
    tell(pod, "Normal", "BackOff", "Back-off pulling image \"\(image(pod))\"")
    tell(pod, "Warning", "Failed", "Error: ImagePullBackOff")
    run.stage = .imageMissing(until: now + pause(failures), failures: failures, isBackingOff: true)
  }

  private mutating func start(_ run: inout PodRun, _ pod: StoredObject, _ behaviour: PodBehaviour) {
    let name = containerName(pod)
    tell(pod, "Normal", "Created", "Created container: \(name)")
    tell(pod, "Normal", "Started", "Started container \(name)")
    run.stage = .running(since: now)
    let hasProbe = pod.json["spec", "containers"]?.items?.contains { $0["readinessProbe"] != nil } ?? false
    run.readyAt = hasProbe ? now + settings.readinessTakes : now
    run.crashAt = nil
    run.complainAt = nil
    switch behaviour {
    case .ready, .imageMissing, .unschedulable: break
    case .slow(let span): run.readyAt = now + span
    case .neverReady:
      run.readyAt = nil
      run.complainAt = now + settings.readinessTakes
    case .crashAtStart:
      run.readyAt = hasProbe ? nil : now
      run.crashAt = now + settings.crashingTakes
    case .crashAfter(let span): run.crashAt = now + span
    case .outOfMemory(let span):
      run.crashAt = now + span
      run.killedWith = (137, "OOMKilled")
    }
  }

  private mutating func advanceRunning(
    _ run: inout PodRun, _ pod: StoredObject, _ behaviour: PodBehaviour, _ since: Timestamp
  ) -> Bool {
    if let at = run.crashAt, now >= at {
      crash(&run, pod, since)
      return true
    }
    let wanted = run.forcedReadiness ?? run.readyAt.map { now >= $0 } ?? false
    if run.isReady != wanted {
      run.isReady = wanted
      run.readySince = wanted ? now : nil
      run.complainAt = wanted || run.forcedReadiness == nil && behaviour != .neverReady ? nil : now
      return true
    }
    if let at = run.complainAt, now >= at {
      tell(pod, "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
      run.complainAt = now + settings.probePeriod
    }
    return false
  }

  private mutating func crash(_ run: inout PodRun, _ pod: StoredObject, _ since: Timestamp) {
    let how = run.killedWith ?? (1, "Error")
    run.killedWith = nil
    run.lastExit = PodRun.Exit(code: how.code, reason: how.reason, startedAt: since, finishedAt: now)
    run.isReady = false
    run.readySince = nil
    run.crashAt = nil
    run.complainAt = nil
    let policy = pod.json["spec", "restartPolicy"]?.text ?? "Always"
    guard policy == "Always" || (policy == "OnFailure" && how.code != 0) else {
      run.stage = .ended
      return
    }
    if now - since >= settings.backOffForgottenAfter { run.nextPause = nil }
    let pause = run.nextPause ?? .zero
    run.nextPause = run.nextPause.map { min($0 * 2, settings.longestBackOff) } ?? settings.firstBackOff
    run.stage = .crashed(restartAt: now + pause, pause: pause)
    guard pause > .zero else { return }
    tell(pod, "Warning", "BackOff", PodStatus.restarting(pod))
  }

  private func pause(_ failures: Int) -> TimeSpan {
    min(settings.firstBackOff * Int64(1 << min(failures - 1, 10)), settings.longestBackOff)
  }

  private func image(_ pod: StoredObject) -> String { pod.json["spec", "containers"]?.items?.first?["image"]?.text ?? "" }
  private func containerName(_ pod: StoredObject) -> String { pod.json["spec", "containers"]?.items?.first?["name"]?.text ?? "" }

  private mutating func tell(_ pod: StoredObject, _ type: String, _ reason: String, _ message: String) {
    record(.pod, pod, type: type, reason: reason, message: message, from: "kubelet")
  }
}
