import SlipwayModel

/// The values that the server fills in (`SetDefaults_…` of each API group, and the defaults in the CRDs of the routers).
enum Defaults {
  /// - Parameter assign: a new cluster address; `nil` when none is to be given.
  static func apply(to json: inout JSONValue, kind: KindInfo, assign: () -> String?) {
    switch kind.kind {
    case "Deployment": deployment(&json)
    case "ReplicaSet":
      fill(&json, ["spec"], ["replicas": 1])
      pod(&json, ["spec", "template", "spec"])
    case "Pod": pod(&json, ["spec"])
    case "Service": service(&json, assign)
    case "HorizontalPodAutoscaler": fill(&json, ["spec"], ["minReplicas": 1])
    case "HTTPRoute": httpRoute(&json)
    case "Secret": fill(&json, [], ["type": "Opaque"])
    case "Namespace": fill(&json, [], ["spec": [:]])
    default: break
    }
  }

  private static func fill(_ json: inout JSONValue, _ path: [String], _ defaults: JSONValue) {
    var target = json[path: path] ?? [:]
    for (name, value) in defaults.members ?? [:] where target[name] == nil || target[name] == .null { target[name] = value }
    if path.isEmpty { json = target } else { json.set(target, at: path) }
  }

  private static func each(_ json: inout JSONValue, _ path: [String], _ body: (inout JSONValue) -> Void) {
    guard let items = json[path: path]?.items else { return }
    json.set(
      .list(
        items.map { item in
          var item = item; body(&item); return item
        }), at: path)
  }

  private static func deployment(_ json: inout JSONValue) {
    fill(
      &json, ["spec"],
      ["replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, "strategy": ["type": "RollingUpdate"]])
    fill(&json, ["spec", "strategy"], ["type": "RollingUpdate"])
    if json["spec", "strategy", "type"] == "RollingUpdate" {
      fill(&json, ["spec", "strategy", "rollingUpdate"], ["maxSurge": "25%", "maxUnavailable": "25%"])
    }
    pod(&json, ["spec", "template", "spec"])
  }

  private static func pod(_ json: inout JSONValue, _ path: [String]) {
    guard json[path: path]?.members != nil else { return }
    fill(
      &json, path,
      [
        "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30,
        "securityContext": [:],
      ])
    for list in ["containers", "initContainers"] { each(&json, path + [list]) { container(&$0) } }
    each(&json, path + ["volumes"]) { volume in
      for source in ["configMap", "secret", "projected"] where volume[source]?.members != nil {
        fill(&volume, [source], ["defaultMode": 420])
      }
    }
  }

  private static func container(_ json: inout JSONValue) {
    let image = json["image"]?.text ?? ""
    let tag = image.split(separator: "/").last?.split(separator: ":")
    let isLatest = !image.contains("@") && (tag?.count ?? 0 < 2 || tag?.last == "latest")
    fill(
      &json, [],
      [
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": isLatest ? "Always" : "IfNotPresent", "resources": [:],
      ])
    each(&json, ["ports"]) { fill(&$0, [], ["protocol": "TCP"]) }
    for probe in ["readinessProbe", "livenessProbe", "startupProbe"] where json[probe]?.members != nil {
      fill(&json, [probe], ["timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3])
      if json[probe, "httpGet"]?.members != nil { fill(&json, [probe, "httpGet"], ["path": "/", "scheme": "HTTP"]) }
    }
    each(&json, ["env"]) { variable in
      if variable["valueFrom", "fieldRef"]?.members != nil { fill(&variable, ["valueFrom", "fieldRef"], ["apiVersion": "v1"]) }
    }
  }

  private static func service(_ json: inout JSONValue, _ assign: () -> String?) {
    fill(
      &json, ["spec"],
      [
        "type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
      ])
    each(&json, ["spec", "ports"]) { port in
      let number = port["port"]
      fill(&port, [], ["protocol": "TCP"])
      if let number { fill(&port, [], ["targetPort": number]) }
    }
    if json["spec", "clusterIP"].isVoid || json["spec", "clusterIP"] == "", let address = assign() {
      fill(&json, ["spec"], ["clusterIP": .text(address), "clusterIPs": [.text(address)]])
    }
  }

  private static func httpRoute(_ json: inout JSONValue) {
    fill(&json, [], ["spec": [:]])
    each(&json, ["spec", "parentRefs"]) { fill(&$0, [], ["group": "gateway.networking.k8s.io", "kind": "Gateway"]) }
    each(&json, ["spec", "rules"]) { rule in
      if rule["matches"].isVoid { rule["matches"] = [["path": ["type": "PathPrefix", "value": "/"]]] }
      each(&rule, ["matches"]) { match in
        fill(&match, [], ["path": ["type": "PathPrefix", "value": "/"]])
        each(&match, ["headers"]) { fill(&$0, [], ["type": "Exact"]) }
      }
      each(&rule, ["backendRefs"]) { fill(&$0, [], ["group": "", "kind": "Service", "weight": 1]) }
    }
  }
}
