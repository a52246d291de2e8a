import SlipwayModel

extension SlotWorkload {
  /// The slot's Deployment made from a user's own: from one that runs in the cluster, or from a base of manifests.
  ///
  /// Kept: containers, volumes, variables, probes, service account, scheduling, strategy, everything else of the pods, and labels and
  /// annotations that are not another tool's notes. Replaced: name, selector, the slot's labels, the number of replicas, and the image
  /// of the container `container`. Added where nothing is stated: `minReadySeconds` and `progressDeadlineSeconds`, and what
  /// ``completed(_:in:)`` says.
  ///
  /// - Parameters:
  ///   - user: a Deployment, as it was read or written.
  ///   - container: the container that the release is for; `nil`: the only one, or the one that has the service's name.
  /// - Throws: `SlipwayError` with code `base-unsuitable` when that can't be told, or the document is no Deployment.
  package func deployment(from user: ObjectDocument, container: String? = nil) throws(SlipwayError) -> ObjectDocument {
    var (own, index) = try service.containers(of: user, wanted: container)
    let template = user.json[path: ["spec", "template"]] ?? [:]
    var pods = template
    own[index]["image"] = .text(image)
    if secretDocument != nil {
      let reference: JSONValue = ["secretRef": ["name": .text(service.secret(of: slot).name)]]
      own[index]["envFrom"] = .list((own[index]["envFrom"]?.items ?? []).filter { $0 != reference } + [reference])
    }
    var specification = pods["spec"] ?? [:]
    own[index] = completed(own[index], in: &specification)
    specification["containers"] = .list(own)
    pods["spec"] = specification
    pods["metadata"] = [
      // What a user's labels say about pods may be in use by monitoring or policies, so they stay as far as they can.
      "labels": .texts(podLabels(beside: Self.texts(template[path: ["metadata", "labels"]]))),
      "annotations": .texts(
        Self.texts(template[path: ["metadata", "annotations"]]).filter { !Self.isNote($0.key) }.merging(releaseAnnotations) { $1 }),
    ]
    var document = ObjectDocument(
      service.deployment(of: slot), labels: user.labels.merging(labels) { $1 },
      annotations: user.annotations.filter { !Self.isNote($0.key) }.merging(annotations) { $1 })
    // Slipway's own values stand first: the user's win, but for what makes it a slot.
    let ours = deploymentSpec(template: pods).members ?? [:]
    var spec = ours.merging(user.json["spec"]?.members ?? [:]) { $1 }
    spec["selector"] = ours["selector"]
    spec["template"] = ours["template"]
    spec["replicas"] = ours["replicas"]
    spec["paused"] = nil
    document.json["spec"] = .object(spec)
    return document
  }

  /// Annotations in which tools keep what they know of one particular object.
  static func isNote(_ key: String) -> Bool {
    key == "kubectl.kubernetes.io/last-applied-configuration" || key == "deployment.kubernetes.io/revision"
      || key == "kubectl.kubernetes.io/restartedAt" || key.hasPrefix("argocd.argoproj.io/") || key.hasPrefix("meta.helm.sh/")
      || key.hasPrefix("slipway.dev/")
  }

  private static func texts(_ value: JSONValue?) -> [String: String] {
    (value?.members ?? [:]).compactMapValues(\.text)
  }
}

extension ManagedService {
  /// The containers of a Deployment, and which of them is the service's.
  func containers(of user: ObjectDocument, wanted: String? = nil) throws(SlipwayError) -> (all: [JSONValue], index: Int) {
    guard user.isA(.deployment), let template = user.json[path: ["spec", "template"]] else {
      throw .baseUnsuitable("'\(user.name ?? "")' is no Deployment with a template of pods", remedy: "give a Deployment")
    }
    let containers = template[path: ["spec", "containers"]]?.items ?? []
    let names = containers.map { $0["name"]?.text ?? "" }
    if wanted == nil, containers.count == 1 { return (containers, 0) }
    let name = wanted ?? key.service.description
    if let index = names.firstIndex(of: name) { return (containers, index) }
    throw .baseUnsuitable(
      "Deployment '\(user.name ?? "")' has no container '\(name)'; it has \(names.isEmpty ? "none" : names.joined(separator: ", "))",
      remedy: "give the container of the service the name '\(key.service)'")
  }

  /// The same service with the ports of a Service that a user has for it, so that the slots' Services answer at the same ports by the
  /// same names. Ports that the cluster chose (`nodePort`) stay with the user's.
  ///
  /// - Throws: `SlipwayError` with code `base-unsuitable` when it has none.
  package func with(portsOf user: ObjectDocument) throws(SlipwayError) -> ManagedService {
    let ports = (user.json[path: ["spec", "ports"]]?.items ?? []).map { port in
      var port = port
      port["nodePort"] = nil
      return port
    }
    guard !ports.isEmpty else {
      throw .baseUnsuitable("Service '\(user.name ?? "")' has no ports", remedy: "state the ports that others reach it at")
    }
    return try ManagedService(key: key, namespace: namespace, ports: ports)
  }
}

extension SlipwayError.Code {
  package static let baseUnsuitable = SlipwayError.Code("base-unsuitable")
}

extension SlipwayError {
  /// A user's own manifests are not what a slot can be made from.
  static func baseUnsuitable(_ message: String, remedy: String, cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(.baseUnsuitable, .input, message, remedy: remedy, cause: cause)
  }
}
