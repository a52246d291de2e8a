import SlipwayModel

/// The routers `service` and `replicas`: the selector of the service's own Service.
///
/// Alone it knows 0 and 100 %: one write moves all new connections, and the API server makes it atomic. With `dividesByReplicas` it
/// selects the pods of both slots in between, and connections spread over pods, so the share follows how many are ready.
///
/// It is written by server-side apply. The selector is an atomic map there: one manager owns all of it, and a GitOps tool that claims
/// it shows up as a conflict with its name instead of a fight.
package struct RootSelector: ClusterRouter {
  let service: ManagedService
  let dividesByReplicas: Bool
  /// Whether a selector that is not Slipway's may be replaced by force, and is put back when there is no release to send requests to.
  let adopts: Bool

  package init(service: ManagedService, dividesByReplicas: Bool, adopts: Bool = false) {
    self.service = service
    self.dividesByReplicas = dividesByReplicas
    self.adopts = adopts
  }

  package var reads: RouterReads {
    let deployments = dividesByReplicas ? Slot.allCases.map { service.deployment(of: $0) } : []
    return RouterReads(objects: [service.root] + deployments, endpointsOf: [service.root] + Slot.allCases.map { service.service(of: $0) })
  }

  package func expressible(_ share: Percentage) -> Bool {
    dividesByReplicas || share == .zero || share == .hundred
  }

  package func refusal(of split: TrafficSplit) -> SlipwayError? {
    let name = dividesByReplicas ? "replicas" : "service"
    if let green = split.green, !expressible(green) {
      return SlipwayError(
        .splitNotExpressible, .input, "the router '\(name)' knows 0 and 100 % only, and \(green) was asked for",
        remedy: "leave out the stages in between, or name another router: replicas, nginx, istio or gateway_api")
    }
    guard split.rules.isEmpty, split.mirrorTo == nil else {
      return SlipwayError(
        .splitNotExpressible, .input,
        "the router '\(name)' sees connections and no requests: it can't follow headers or cookies, nor mirror",
        remedy: "leave out the rules and the mirror, or name another router: nginx, istio or gateway_api")
    }
    return nil
  }

  package func next(towards split: TrafficSplit, from present: ObjectSet) throws(SlipwayError) -> RoutingStep {
    if let refusal = refusal(of: split) { throw refusal }
    let root = present[service.root]
    let wanted = selection(for: split)
    // Only a share in between is more than what the selector says.
    if root.map({ service.selection(of: $0) }) == wanted, wanted != .both || TrafficSplit(noteOn: root) == split { return .done }
    if split.green == nil, root == nil { return .done }
    try service.guardAgainstSilence(selecting: wanted, in: present)
    if adopts, let root, let change = service.handover(to: wanted, for: split, of: root) {
      return change.map { .write($0) } ?? .done
    }
    return .write(.apply(service.rootDocument(selecting: wanted, for: split, over: root)))
  }

  private func selection(for split: TrafficSplit) -> Selection {
    switch split.green {
    case nil: .nobody
    case .some(.zero): .only(.blue)
    case .some(.hundred): .only(.green)
    case .some: .both
    }
  }

  package func splitInForce(in present: ObjectSet, sinceWrite: TimeSpan) -> TrafficSplit? {
    guard let root = present[service.root] else { return TrafficSplit.none }
    guard let selection = service.selection(of: root) else {
      guard adopts, service.isBeforeHandover(root) else { return nil }
      let ours = Slot.allCases.reduce(into: Set<String>()) { $0.formUnion(present.readyPods(behind: service.service(of: $1))) }
      return present.readyPods(behind: service.root).isDisjoint(with: ours) ? TrafficSplit.none : nil
    }
    let pods = present.readyPods(behind: service.root)
    let blue = pods.intersection(present.readyPods(behind: service.service(of: .blue)))
    let green = pods.intersection(present.readyPods(behind: service.service(of: .green)))
    // Endpoints of a pod that is in no slot's slices: one list is newer than the other.
    guard blue.count + green.count == pods.count else { return nil }
    switch selection {
    case .nobody: return pods.isEmpty ? TrafficSplit.none : nil
    case .only(let slot):
      let others = slot == .green ? blue : green
      return others.isEmpty ? .all(to: slot) : nil
    case .both:
      let isComplete = zip(Slot.allCases, [blue.count, green.count]).allSatisfy { slot, count in
        present[service.deployment(of: slot)]?.json[path: ["spec", "replicas"]]?.integer == count
      }
      return shared(blue: blue.count, green: green.count, asked: isComplete ? TrafficSplit(noteOn: root) : nil)
    }
  }

  /// The share that so many ready pods make.
  ///
  /// - Parameter asked: the split that the numbers of replicas were chosen for, when all of these are ready. It counts as in force
  ///   unless a whole pod more or fewer would come nearer: replicas can't do better.
  private func shared(blue: Int, green: Int, asked: TrafficSplit?) -> TrafficSplit? {
    let all = blue + green
    guard all > 0 else { return nil }
    if let asked, let share = asked.green, blue > 0, green > 0, abs(share.basisPoints * all - green * 10_000) < 10_000 { return asked }
    return Percentage(basisPoints: (green * 10_000 + all / 2) / all).map { TrafficSplit(green: $0) }
  }
}

extension ManagedService {
  /// Whose pods a Service selects; `nil` when its selector is not one of Slipway's.
  func selection(of document: ObjectDocument) -> Selection? {
    let selector = (document.json[path: ["spec", "selector"]]?.members ?? [:]).compactMapValues(\.text)
    let known: [Selection] = [.only(.blue), .only(.green), .both, .nobody]
    return known.first { self.selector(of: $0) == selector }
  }

  /// The service's own Service as it is applied: all of it when Slipway made it (what an apply leaves out it would take away), and
  /// nothing but the selector when somebody else did.
  func rootDocument(selecting selection: Selection, for split: TrafficSplit, over present: ObjectDocument?) -> ObjectDocument {
    var document: ObjectDocument
    if let present, present.labels[Label.managedBy] != Label.slipway {
      document = ObjectDocument(root)
      document.json["spec"] = ["selector": .texts(selector(of: selection))]
    } else {
      document = rootDocument(selecting: selection)
    }
    document.json["metadata"]?["annotations"] = [Annotation.split: .text(split.note)]
    return document
  }

  /// Refuses to leave pods that answer for pods that don't. When nobody answers now, anything else is as good: the way back to a slot
  /// whose pods are still starting must not wait for a candidate that never will.
  func guardAgainstSilence(selecting selection: Selection, in present: ObjectSet) throws(SlipwayError) {
    let wanted: [Slot] =
      switch selection {
      case .only(let slot): [slot]
      case .both: Slot.allCases
      case .nobody: []
      }
    guard !wanted.isEmpty, wanted.allSatisfy({ present.readyPods(behind: service(of: $0)).isEmpty }),
      !present.readyPods(behind: root).isEmpty
    else { return }
    throw SlipwayError(
      .slotWithoutReadyPods, .refused,
      "no pod of \(wanted.map { name(of: $0) }.joined(separator: " or ")) is ready, and those that have the traffic of '\(root.name)' are",
      remedy: "wait until pods are ready; `kubectl get pods -l \(Label.service)=\(key.service)` shows them")
  }
}
