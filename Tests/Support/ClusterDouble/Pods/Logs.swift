import SlipwayModel

/// What the programs in pods wrote.
struct LogBook: Sendable {
  private var texts: [ObjectName: String] = [:]
  private var byImage: [String: String] = [:]

  mutating func set(_ text: String?, of pod: ObjectName) { texts[pod] = text }
  mutating func set(_ text: String?, ofImagesWith part: String) { byImage[part] = text }
  mutating func forget(_ pod: ObjectName) { texts[pod] = nil }

  func text(of pod: ObjectName, image: String) -> String? {
    texts[pod] ?? byImage.filter { image.contains($0.key) }.max { $0.key.count < $1.key.count }?.value
  }
}

extension ClusterState {
  /// The text that a pod's container has written, or with `previous` its predecessor.
  func log(_ route: Route, _ request: APIRequest) throws(APIError) -> String {
    let pod = try existing(route)
    let name = pod.name.name
    let containers = pod.json["spec", "containers"]?.items ?? []
    let names = containers.compactMap { $0["name"]?.text }
    let asked = request.query["container"] ?? ""
    if asked.isEmpty, names.count > 1 {
      throw APIError.badRequest("a container name must be specified for pod \(name), choose one of: [\(names.joined(separator: " "))]")
    }
    guard asked.isEmpty || names.contains(asked) else { throw APIError.badRequest("container \(asked) is not valid for pod \(name)") }
    let container = asked.isEmpty ? names.first ?? "" : asked
    let image = containers.first { $0["name"]?.text == container }?["image"]?.text ?? ""
    let run = runs[pod.name]
    if request.isOn("previous") {
      guard run?.lastExit != nil else {
        throw APIError.badRequest("previous terminated container \"\(container)\" in pod \"\(name)\" not found")
      }
    } else if let problem = Self.waiting(run, container, name) {
      throw APIError.badRequest(problem)
    }
    let text = logs.text(of: pod.name, image: image) ?? run.map { Self.builtLog($0, image: image) } ?? ""
    return Self.cut(text, request)
  }

  private static func waiting(_ run: PodRun?, _ container: String, _ pod: String) -> String? {
    let start = "container \"\(container)\" in pod \"\(pod)\" is waiting to start: "
    switch run?.stage {
    case nil, .unscheduled, .pulling: return start + "ContainerCreating"
    case .starting: return run?.lastExit == nil ? start + "ContainerCreating" : nil
    case .imageMissing: return start + "trying and failing to pull image"
    case .running, .crashed, .stopping, .ended, .gone: return nil
    }
  }

  private static func builtLog(_ run: PodRun, image: String) -> String {
    var lines = ["starting \(image)"]
    if run.isReady { lines.append("listening on port 8080") }
    if let exit = run.lastExit, !run.serves { lines.append("fatal: the program ended with status \(exit.code) (\(exit.reason))") }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func cut(_ text: String, _ request: APIRequest) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    if let count = request.query["tailLines"].flatMap(Int.init) { lines = Array(lines.suffix(max(count, 0))) }
    let result = lines.map { $0 + "\n" }.joined()
    guard let bytes = request.query["limitBytes"].flatMap(Int.init), result.utf8.count > bytes else { return result }
    return String(decoding: result.utf8.prefix(bytes), as: UTF8.self)
  }
}
