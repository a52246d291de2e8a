import SlipwayModel

/// A field selector: `metadata.name=x,status.phase!=Running`.
struct FieldSelector: Hashable, Sendable {
  private struct Requirement: Hashable, Sendable {
    let path: [String]
    let value: String
    let isEqual: Bool
  }

  private var requirements: [Requirement] = []
  /// The name that is asked for, when one is.
  private(set) var name: String?

  static let everything = FieldSelector()

  private init() {}

  /// - Throws: 400 for a field that the kind cannot be selected by.
  init(query: String, kind: KindInfo) throws(APIError) {
    for part in query.split(separator: ",") {
      let isEqual = !part.contains("!=")
      guard let range = part.firstRange(of: isEqual ? "=" : "!=") else {
        throw APIError.badRequest("unable to parse requirement: \(part)")
      }
      let field = String(part[..<range.lowerBound])
      let value = String(part[range.upperBound...].drop { $0 == "=" })
      guard Self.fields(of: kind).contains(field) else {
        throw APIError.badRequest("field label not supported: \(field)")
      }
      requirements.append(Requirement(path: field.split(separator: ".").map(String.init), value: value, isEqual: isEqual))
      if field == "metadata.name", isEqual { name = value }
    }
  }

  func matches(_ object: StoredObject) -> Bool {
    requirements.allSatisfy { requirement in
      (object.json[path: requirement.path]?.text ?? "" == requirement.value) == requirement.isEqual
    }
  }

  private static func fields(of kind: KindInfo) -> Set<String> {
    let common: Set = ["metadata.name", "metadata.namespace"]
    switch kind.kind {
    case "Pod":
      return common.union([
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase", "status.podIP",
      ])
    case "Event":
      return common.union([
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
        "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
      ])
    case "Secret": return common.union(["type"])
    case "Namespace": return common.union(["status.phase"])
    default: return common
    }
  }
}
