import SlipwayModel

enum PodValidation {
  static func problems(_ spec: JSONValue?, at path: String) -> [FieldProblem] {
    guard let containers = spec?["containers"]?.items, !containers.isEmpty else { return [.required("\(path).containers")] }
    var problems: [FieldProblem] = []
    let volumes = Set((spec?["volumes"]?.items ?? []).compactMap { $0["name"]?.text })
    var names: Set<String> = []
    for (index, container) in containers.enumerated() {
      let place = "\(path).containers[\(index)]"
      let name = container["name"]?.text ?? ""
      if name.isEmpty { problems.append(.required("\(place).name")) }
      if !name.isEmpty, !names.insert(name).inserted {
        problems.append(
          FieldProblem(field: "\(place).name", reason: "FieldValueDuplicate", message: "Duplicate value: \"\(name)\""))
      }
      if (container["image"]?.text ?? "").isEmpty { problems.append(.required("\(place).image")) }
      for (number, mount) in (container["volumeMounts"]?.items ?? []).enumerated() {
        guard let volume = mount["name"]?.text, !volumes.contains(volume) else { continue }
        problems.append(
          FieldProblem(
            field: "\(place).volumeMounts[\(number)].name", reason: "FieldValueNotFound", message: "Not found: \"\(volume)\""))
      }
    }
    return problems
  }

  /// What of a pod cannot be changed.
  static func fixed(_ spec: JSONValue?) -> JSONValue? {
    guard var fixed = spec else { return nil }
    for field in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] { fixed[field] = nil }
    for field in ["containers", "initContainers"] {
      if let items = fixed[field]?.items { fixed[field] = .list(items.map { $0.without("image") }) }
    }
    return fixed
  }
}
