import SlipwayModel

extension SlotWorkload {
  /// The container's name, and the name of its port.
  static let container = "app"
  static let portName = "http"

  /// The pods of the slot. Their annotations name the configuration's digest: other values of variables make other pods.
  var podTemplate: JSONValue {
    [
      "metadata": ["labels": .texts(podLabels()), "annotations": .texts(releaseAnnotations)],
      "spec": [
        "containers": [containerSpec],
        "volumes": [["name": "tmp", "emptyDir": [:]]],
        "securityContext": ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]],
        "automountServiceAccountToken": false,
        // Variables for every other Service of the namespace would make the environment depend on the neighbours.
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": .integer(drainSeconds + workload.service.shutdown.grace.wholeSeconds),
        "topologySpreadConstraints": .list(["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(spread)),
      ],
    ]
  }

  private var containerSpec: JSONValue {
    var container: JSONValue = [
      "name": .text(Self.container),
      "image": .text(image),
      "ports": [["name": .text(Self.portName), "containerPort": .integer(port), "protocol": "TCP"]],
      "env": .list(variables(port: port)),
      "volumeMounts": [["name": "tmp", "mountPath": "/tmp"]],
      "securityContext": [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
      ],
      "lifecycle": ["preStop": preStop],
    ]
    for (name, probe) in probes { container[name] = probe }
    if secretDocument != nil { container["envFrom"] = [["secretRef": ["name": .text(service.secret(of: slot).name)]]] }
    if let resources = resourceRequirements { container["resources"] = resources }
    return container
  }

  /// The same names that a process gets on one machine. They count more than the configured variables.
  func variables(port: Int) -> [JSONValue] {
    func text(_ name: String, _ value: String) -> JSONValue { ["name": .text(name), "value": .text(value)] }
    return [
      text("PORT", String(port)), text("SLIPWAY_SERVICE", service.key.service.description),
      text("SLIPWAY_ENVIRONMENT", service.key.environment.description),
      text("SLIPWAY_VERSION", workload.release.version.description), text("SLIPWAY_SLOT", slot.rawValue),
      text("SLIPWAY_SCRATCH", "/tmp"),
      ["name": "SLIPWAY_INSTANCE", "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.name"]]],
    ]
  }

  /// Memory is limited to what was asked for, since it can't be taken back. CPU is not: a limit would throttle where there is plenty.
  var resourceRequirements: JSONValue? {
    guard let resources = workload.service.resources, resources.cpu != nil || resources.memory != nil else { return nil }
    var requests: JSONValue = [:]
    requests["cpu"] = resources.cpu.map { .text($0) }
    requests["memory"] = resources.memory.map { .text($0) }
    var all: JSONValue = ["requests": requests]
    if let memory = resources.memory { all["limits"] = ["memory": .text(memory)] }
    return all
  }

  /// Spread where there is room, and start anyway where there is none.
  private func spread(over key: String) -> JSONValue {
    [
      "maxSkew": 1, "topologyKey": .text(key), "whenUnsatisfiable": "ScheduleAnyway",
      "labelSelector": ["matchLabels": .texts(service.selector(of: slot))],
    ]
  }
}
