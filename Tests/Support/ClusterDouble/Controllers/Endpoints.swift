import SlipwayModel

extension ClusterState {
  /// Writes which pods a Service reaches (`discovery.k8s.io/v1`, `EndpointSlice`; Kubernetes documentation, "EndpointSlices").
  mutating func reconcileEndpoints(_ name: ObjectName) {
    guard let service = self[.service, name] else { return }
    guard let selector = service.json["spec", "selector"]?.texts, !selector.isEmpty else { return }
    let pods = tables[KindID.pod.index].objects(in: name.namespace, labels: selector)
    let publishesAll = service.json["spec", "publishNotReadyAddresses"] == .flag(true)
    let endpoints = pods.compactMap { endpoint($0, publishesAll) }
    let known = tables[KindID.endpointSlice.index].objects(in: name.namespace, labels: ["kubernetes.io/service-name": name.name])
      .filter { $0.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io" }
    let pages = stride(from: 0, to: max(endpoints.count, 1), by: 100).map { Array(endpoints.dropFirst($0).prefix(100)) }
    let ports = ports(of: service, pods.first)
    for (index, page) in pages.enumerated() {
      if index < known.count {
        changeSlice(known[index], page, ports)
      } else {
        createSlice(service, page, ports)
      }
    }
    for spare in known.dropFirst(pages.count) { remove(.endpointSlice, spare.name) }
  }

  private func endpoint(_ pod: StoredObject, _ publishesAll: Bool) -> JSONValue? {
    guard let address = pod.json["status", "podIP"]?.text, let run = runs[pod.name],
      !["Succeeded", "Failed"].contains(pod.json["status", "phase"]?.text ?? "")
    else { return nil }
    // A pod that is being deleted is not ready for new work, but may go on serving.
    let serves = pod.json["status"]?.condition("Ready")?["status"]?.text == "True"
    return [
      "addresses": [.text(address)],
      "conditions": [
        "ready": .flag(publishesAll || serves && !pod.isBeingDeleted), "serving": .flag(publishesAll || serves),
        "terminating": .flag(pod.isBeingDeleted),
      ],
      "nodeName": .text(run.node ?? ""),
      "targetRef": ["kind": "Pod", "namespace": .text(pod.name.namespace), "name": .text(pod.name.name), "uid": .text(pod.uid)],
    ]
  }

  private func ports(of service: StoredObject, _ pod: StoredObject?) -> JSONValue {
    let declared = (pod?.json["spec", "containers"]?.items ?? []).flatMap { $0["ports"]?.items ?? [] }
    return .list(
      (service.json["spec", "ports"]?.items ?? []).map { port in
        var number = port["targetPort"] ?? port["port"] ?? .null
        if let name = number.text { number = declared.first { $0["name"]?.text == name }?["containerPort"] ?? .null }
        return .compact(["name": port["name"] ?? "", "port": number == .null ? nil : number, "protocol": port["protocol"] ?? "TCP"])
      })
  }

  private mutating func changeSlice(_ slice: StoredObject, _ endpoints: [JSONValue], _ ports: JSONValue) {
    guard slice.json["endpoints"] != .list(endpoints) || slice.json["ports"] != ports else { return }
    change(.endpointSlice, slice.name) { json in
      json["endpoints"] = .list(endpoints)
      json["ports"] = ports
      json.set(.integer((json["metadata", "generation"]?.integer ?? 0) + 1), at: ["metadata", "generation"])
    }
  }

  private mutating func createSlice(_ service: StoredObject, _ endpoints: [JSONValue], _ ports: JSONValue) {
    var labels = service.labels
    labels["kubernetes.io/service-name"] = service.name.name
    labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io"
    let name = "\(service.name.name)-\(identities.suffix())"
    let owner: JSONValue = [
      "apiVersion": "v1", "kind": "Service", "name": .text(service.name.name), "uid": .text(service.uid), "controller": true,
      "blockOwnerDeletion": true,
    ]
    put(
      .endpointSlice, ObjectName(service.name.namespace, name),
      [
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": [
          "name": .text(name), "generateName": .text("\(service.name.name)-"), "namespace": .text(service.name.namespace),
          "uid": .text(identities.uid()), "creationTimestamp": now.api, "generation": 1, "labels": .texts(labels),
          "ownerReferences": [owner],
        ],
        "addressType": "IPv4", "endpoints": .list(endpoints), "ports": ports,
      ])
  }
}
