import SlipwayModel

extension Installation {
  /// One replica, and the old one goes before the new one comes: the journal is one SQLite file on a volume that one node has at a time.
  var deployment: ObjectDocument {
    var deployment = document(.deployment, Self.name)
    deployment.json["spec"] = [
      "replicas": 1, "revisionHistoryLimit": 3, "selector": ["matchLabels": .texts(labels)], "strategy": ["type": "Recreate"],
      "template": ["metadata": ["labels": .texts(labels)], "spec": pod],
    ]
    return deployment
  }

  /// A user that is nobody's: distroless images call it `nonroot`.
  private static let user: JSONValue = 65532
  private static let mount = "/var/lib/slipway"

  private var pod: JSONValue {
    [
      "serviceAccountName": .text(Self.name), "automountServiceAccountToken": true, "enableServiceLinks": false,
      // Open requests have 20 s to end; then the journal is signed and the Lease given back.
      "terminationGracePeriodSeconds": 40,
      "securityContext": [
        "runAsNonRoot": true, "runAsUser": Self.user, "runAsGroup": Self.user, "fsGroup": Self.user,
        "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": ["type": "RuntimeDefault"],
      ],
      "containers": [container],
      "volumes": [
        ["name": "journal", "persistentVolumeClaim": ["claimName": "slipway-journal"]],
        ["name": "scratch", "emptyDir": ["sizeLimit": "256Mi"]],
      ],
    ]
  }

  private var container: JSONValue {
    [
      "name": .text(Self.name), "image": .text(image),
      "command": .list(command.map { .text($0) }),
      "workingDir": "/tmp",
      "env": [
        ["name": "HOME", "value": "/tmp"],
        // Without the Secret a token is made in the state folder.
        [
          "name": "SLIPWAY_TOKEN",
          "valueFrom": ["secretKeyRef": ["name": "slipway-token", "key": "token", "optional": true]],
        ],
      ],
      "ports": [["name": "api", "containerPort": .integer(Self.port), "protocol": "TCP"]],
      // Whoever does not lead takes no commands, and gets none from the Service.
      "readinessProbe": probe("/readyz", every: 2, failures: 1),
      // A process that is frozen is ended, so that another can have the volume; one that reads a long journal has two minutes.
      "livenessProbe": probe("/healthz", every: 10, failures: 12),
      "resources": ["requests": ["cpu": "100m", "memory": "256Mi"], "limits": ["memory": "1Gi"]],
      "securityContext": [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
      ],
      "volumeMounts": [["name": "journal", "mountPath": .text(Self.mount)], ["name": "scratch", "mountPath": "/tmp"]],
    ]
  }

  private var command: [String] {
    ["slipway", "serve", "--state", Self.mount + "/state", "--listen", "0.0.0.0:\(Self.port)", "--lease", "\(namespace)/\(Self.name)"]
      + releaseNamespaces.flatMap { ["--releases-in", $0.description] }
  }

  private func probe(_ path: String, every seconds: Int, failures: Int) -> JSONValue {
    [
      "httpGet": ["path": .text(path), "port": "api", "scheme": "HTTP"], "periodSeconds": .integer(seconds), "timeoutSeconds": 2,
      "failureThreshold": .integer(failures),
    ]
  }
}
