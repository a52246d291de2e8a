import SlipwayModel

extension JSONValue {
  /// JSON merge patch (RFC 7386, section 2): `null` removes, objects are merged, everything else replaces.
  func merged(with patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members = self.members ?? [:]
    for (name, value) in changes {
      members[name] = value == .null ? nil : (members[name] ?? .null).merged(with: value)
    }
    return .object(members)
  }
}
