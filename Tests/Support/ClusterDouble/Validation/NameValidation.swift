import SlipwayModel

/// Names and labels (Kubernetes documentation, "Object Names and IDs", "Labels and Selectors").
enum NameValidation {
  static func problems(of json: JSONValue, kind: KindInfo) -> [FieldProblem] {
    let name = json["metadata", "name"]?.text ?? ""
    guard !name.isEmpty else { return [.required("metadata.name", "name or generateName is required")] }
    var problems: [FieldProblem] = []
    switch kind.kind {
    case "Service":
      if !isLabel(name, startsWithLetter: true) {
        problems.append(
          .invalid(
            "metadata.name", .text(name),
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end "
              + "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
              + "'[a-z]([-a-z0-9]*[a-z0-9])?')"))
      }
    case "Namespace":
      if !isLabel(name, startsWithLetter: false) {
        problems.append(
          .invalid(
            "metadata.name", .text(name),
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
              + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"))
      }
    case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding": break
    default:
      if name.utf8.count > 253 || !name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ isLabelText($0) }) {
        problems.append(
          .invalid(
            "metadata.name", .text(name),
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with "
              + "an alphanumeric character (e.g. 'example.com', regex used for validation is "
              + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"))
      }
    }
    return problems + labels(json)
  }

  private static func labels(_ json: JSONValue) -> [FieldProblem] {
    (json["metadata", "labels"]?.texts ?? [:]).sorted { $0.key < $1.key }.compactMap { key, value in
      if value.utf8.count > 63 { return .invalid("metadata.labels", .text(value), "must be no more than 63 bytes") }
      let isPlain = value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
      let ends = [value.first, value.last].compactMap { $0 }.allSatisfy { $0.isLetter || $0.isNumber }
      guard !isPlain || !ends else { return nil }
      return .invalid(
        "metadata.labels", .text(value),
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
          + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
          + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
    }
  }

  private static func isLabel(_ text: String, startsWithLetter: Bool) -> Bool {
    guard text.utf8.count <= 63, isLabelText(text) else { return false }
    return !startsWithLetter || text.first?.isLetter == true
  }

  private static func isLabelText(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else { return false }
    return bytes.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "-")
    }
  }
}
