import SlipwayModel

extension Preflight {
  /// The service's own Service, as others know it.
  func serviceReport(_ candidate: Candidate) async throws -> Report {
    let look = ClusterCall("look at \(service.root)")
    guard let found = try await ifAllowed({ try await client.get(service.root, look) }) else { return Report() }
    let ports = found.map { portReport($0, candidate) } ?? Report()
    return switch ServiceOwnership(of: service, present: found) {
    case .own: ports
    case .adopted(let words): Report(notes: [words]) + ports
    case .unsuitable(let problem): Report(problems: [problem])
    }
  }

  /// A Service that leads to a port by its name leads nowhere with pods that have none of that name.
  private func portReport(_ present: ObjectDocument, _ candidate: Candidate) -> Report {
    guard let pods = candidate.deployment?.spec?["template"]?["spec"] else { return Report() }
    let names = (pods["containers"]?.items ?? []).flatMap { $0["ports"]?.items ?? [] }.compactMap { $0["name"]?.text }
    let wanted = (present.spec?["ports"]?.items ?? []).compactMap { $0["targetPort"]?.text }
    return Report(
      problems: wanted.filter { !names.contains($0) }.map { name in
        SlipwayError.baseUnsuitable(
          "\(service.root) leads to the port '\(name)' of its pods, and the release's containers have "
            + (names.isEmpty ? "no named port" : "only \(names.sorted().joined(separator: ", "))"),
          remedy: "give the container's port that name, or let `targetPort` of the Service name the container's")
      })
  }

  /// The router's objects: whether they are there, weights can be set on them, and nothing else answers for the same requests.
  func routerReport() async throws -> Report {
    let router = spec.router.router(for: service)
    var objects: [ObjectKey: ObjectDocument] = [:]
    for key in router.reads.objects {
      do {
        let look = ClusterCall("look at \(key)")
        guard let found = try await ifAllowed({ try await client.get(key, look) }) else { return Report() }
        objects[key] = found
      } catch let error as SlipwayError where error.code == .kindNotServed {
        return Report(problems: [Self.notServed(key.kind.kind, key.kind.apiVersion)])
      }
    }
    var report = Report()
    do {
      // Towards no traffic at all nothing is in the way but what is wrong with the objects themselves.
      _ = try router.next(towards: .none, from: ObjectSet(Array(objects.values)))
    } catch let error {
      report.problems.append(error)
    }
    switch spec.router {
    case .service, .replicas: return report
    case .nginx(let name): return report + (try await ingressReport(objects[service.object(.ingress, name)], name))
    case .istio(let istio): return report + (try await istioReport(istio, objects))
    case .gatewayAPI(let name): return report + (try await gatewayReport(objects[service.object(.httpRoute, name)]))
    }
  }

  private func all(_ kind: ResourceKind) async throws -> [ObjectDocument] {
    let look = ClusterCall("look at the \(kind.plural) of '\(spec.namespace)'")
    return try await ifAllowed { try await client.list(kind, in: spec.namespace.description, .all, look).objects } ?? []
  }

  private func ingressReport(_ user: ObjectDocument?, _ name: String) async throws -> Report {
    guard let user else { return Report() }
    let canary = CanaryIngress(service: service, ingress: name).canary.name
    return Report(problems: RouteConflicts.problems(of: user, canary: canary, among: try await all(.ingress)))
  }

  private func istioReport(_ istio: IstioRouter, _ objects: [ObjectKey: ObjectDocument]) async throws -> Report {
    var report = Report()
    if let rule = istio.destinationRule, objects[service.object(.destinationRule, rule)] == nil {
      report.problems.append(
        SlipwayError(
          .routeMissing, .input, "there is no DestinationRule '\(rule)'",
          remedy: "name a DestinationRule of the namespace '\(spec.namespace)', or none: then the slots are hosts of their own"))
    }
    if let user = objects[service.object(.virtualService, istio.virtualService)] {
      report.problems += RouteConflicts.problems(ofVirtualService: user, among: try await all(.virtualService))
    }
    return report
  }

  private func gatewayReport(_ route: ObjectDocument?) async throws -> Report {
    guard let route else { return Report() }
    var report = Report(problems: RouteConflicts.problems(ofRoute: route, among: try await all(.httpRoute)))
    switch RouteAcceptance(ofRoute: route) {
    case .accepted: break
    // Some implementations never say, so this stops nothing.
    case .pending(let words): report.notes.append("HTTPRoute '\(route.name ?? "")' waits for \(words)")
    // Services of slots come with the first release, and until then a route may well lead to nothing.
    case .refused(let words) where words.contains("BackendNotFound"):
      report.notes.append("HTTPRoute '\(route.name ?? "")' leads to a Service that is not there: \(words)")
    case .refused(let words):
      report.problems.append(
        SlipwayError(
          .routeRefused, .input, "HTTPRoute '\(route.name ?? "")' is not carried out: \(words)",
          remedy: "correct the route or its gateway; `kubectl describe httproute \(route.name ?? "")` shows who says so"))
    }
    return report
  }
}
