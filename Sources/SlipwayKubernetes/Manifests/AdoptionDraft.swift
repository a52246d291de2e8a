import SlipwayModel

/// What `slipway init --from-cluster` writes for a service that runs: a configuration file, and the service's own manifests as a base.
package struct AdoptionDraft: Hashable, Sendable {
  /// The text of the configuration file.
  package let configuration: String
  /// The text of the base.
  package let base: String
  /// What was not taken over, and what is to be known: sentences without a full stop.
  package let notes: [String]

  /// - Parameters:
  ///   - found: what runs.
  ///   - baseFile: where the base will lie, relative to the configuration file.
  /// - Throws: `SlipwayError` with code `adoption-not-possible` when its name or its pods can't be a service here.
  package init(of found: FoundService, namespace: Name, context: String?, baseFile: String) throws(SlipwayError) {
    let deployed = found.deployment.name ?? ""
    let text = found.service?.name ?? deployed
    guard let name = Name(text) else {
      throw SlipwayError(
        .adoptionNotPossible, .input, "'\(text)' can't be the name of a service here",
        remedy: "write slipway.yaml by hand; `slipway init` begins one")
    }
    let key = DeploymentKey(service: name, environment: Self.environment)
    let managed = try ManagedService(key: key, namespace: namespace)
    var notes: [String] = []
    let deployment = try Self.deployment(of: found, name, &notes)
    let documents =
      [deployment] + [found.service, found.autoscaler, found.disruptionBudget].compactMap { $0?.cleaned } + found.configMaps.map(\.cleaned)
    let base = try BaseManifests(documents, of: managed)
    let container = try base.container(of: managed)
    let comment = "# What runs as Deployment '\(deployed)' in the namespace '\(namespace)', as `slipway init --from-cluster` found it.\n"
    self.base = comment + (try ManifestWriter.text(of: base.used))
    configuration = Self.configuration(name, found, container, namespace, context, baseFile)
    self.notes = notes + Self.notes(on: found, namespace)
  }

  /// A literal that the initialiser accepts.
  private static let environment = Name("production")!

  /// The Deployment with one container that has the service's name, or only one.
  private static func deployment(of found: FoundService, _ name: Name, _ notes: inout [String]) throws(SlipwayError) -> ObjectDocument {
    var document = found.deployment.cleaned
    var containers = document.json[path: ["spec", "template", "spec", "containers"]]?.items ?? []
    guard containers.count > 1, !containers.contains(where: { $0["name"]?.text == name.description }) else { return document }
    let targets = (found.service?.spec?["ports"]?.items ?? []).compactMap { $0["targetPort"] }
    let index =
      containers.firstIndex { container in
        (container["ports"]?.items ?? []).contains { port in
          targets.contains { $0 == port["containerPort"] || $0 == port["name"] }
        }
      } ?? 0
    notes.append(
      "the container '\(containers[index]["name"]?.text ?? "")' is called '\(name)' in the base, so that it is clear which one a release is for"
    )
    containers[index]["name"] = .text(name.description)
    document.json["spec"]?["template"]?["spec"]?["containers"] = .list(containers)
    return document
  }

  private static func notes(on found: FoundService, _ namespace: Name) -> [String] {
    var notes: [String] = []
    if found.service == nil {
      notes.append(
        "no Service selects the pods of Deployment '\(found.deployment.name ?? "")': the first release makes one, and adopts no requests")
    }
    if !found.secrets.isEmpty {
      notes.append("Secrets are named and not copied: \(found.secrets.joined(separator: ", ")); a change of theirs rolls nothing out")
    }
    if !found.ingresses.isEmpty {
      notes.append("these Ingresses lead to the Service and stay as they are: \(found.ingresses.joined(separator: ", "))")
    }
    if !found.otherServices.isEmpty {
      notes.append(
        "these Services select the same pods, and will select pods of both slots, proved or not: \(found.otherServices.joined(separator: ", "))"
      )
    }
    return notes
  }

  private static func configuration(
    _ name: Name, _ found: FoundService, _ container: JSONValue, _ namespace: Name, _ context: String?, _ baseFile: String
  ) -> String {
    let image = container["image"]?.text ?? ""
    let (repository, tag) = Self.split(image)
    var service = ["    image: \(repository)   # \(tag.map { "\($0) runs now; " } ?? "")the version of a release is the tag"]
    if let port = BaseManifests.port(of: container)?.number { service.append("    port: \(port)") }
    let probes = [("liveness", "livenessProbe"), ("readiness", "readinessProbe")].compactMap { key, field in
      container[field]?["httpGet"]?["path"]?.text.map { "      \(key): \(Self.quoted($0))" }
    }
    if !probes.isEmpty { service += ["    health:"] + probes }
    let replicas = max(1, found.deployment.spec?["replicas"]?.integer ?? 1)
    var cluster = context.map { ["      context: \(Self.quoted($0))"] } ?? []
    cluster += ["      router: replicas", "      manifests: \(Self.quoted(baseFile))   # what the pods are; change it there"]
    if found.service != nil {
      cluster.append("      adopt: \(found.deployment.name ?? "")   # the first release takes its requests over; it stays")
    }
    return """
      # How \(name) is deployed. Check this file with `slipway validate`, see what would happen with `slipway plan`.
      # Written by `slipway init --from-cluster`.
      project: \(name)

      services:
        \(name):
      \(service.joined(separator: "\n"))

      environments:
        \(environment):
          target: kubernetes
          namespace: \(namespace)
          replicas: \(replicas)
          cluster:
      \(cluster.joined(separator: "\n"))

      strategy:
        blue_green:
          keep_previous: 10m   # so long the previous release stays warm: a rollback is immediate

      """
  }

  /// An image without tag and digest, and its tag.
  private static func split(_ image: String) -> (repository: String, tag: String?) {
    let name = image.split(separator: "@", maxSplits: 1).first.map(String.init) ?? image
    let slash = name.lastIndex(of: "/") ?? name.startIndex
    guard let colon = name[slash...].lastIndex(of: ":") else { return (name, nil) }
    return (String(name[..<colon]), String(name[name.index(after: colon)...]))
  }

  private static func quoted(_ text: String) -> String { "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
}

extension ObjectDocument {
  /// The object without what a cluster has written on it.
  var cleaned: ObjectDocument {
    var metadata: JSONValue = ["name": .text(name ?? "")]
    if !labels.isEmpty { metadata["labels"] = .texts(labels) }
    let annotations = annotations.filter { !SlotWorkload.isNote($0.key) }
    if !annotations.isEmpty { metadata["annotations"] = .texts(annotations) }
    var members = json.members ?? [:]
    members["metadata"] = metadata
    members["status"] = nil
    var copy = ObjectDocument(.object(members))
    if isA(.deployment) {
      for field in ["replicas", "revisionHistoryLimit", "progressDeadlineSeconds"] { copy.json["spec"]?[field] = nil }
      copy.json["spec"]?["template"]?["metadata"]?["creationTimestamp"] = nil
      copy.json["spec"]?["template"]?["metadata"]?["annotations"]?["kubectl.kubernetes.io/restartedAt"] = nil
    }
    if isA(.service) {
      for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort", "internalTrafficPolicy"] {
        copy.json["spec"]?[field] = nil
      }
      let ports = (spec?["ports"]?.items ?? []).map { port in
        var port = port
        port["nodePort"] = nil
        return port
      }
      copy.json["spec"]?["ports"] = .list(ports)
    }
    return copy
  }
}
