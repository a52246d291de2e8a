/// Someone who acts: a person or a part of Slipway.
package struct Actor: Hashable, Sendable, Codable {
  /// A human, or Slipway itself.
  package enum Kind: String, Codable, Hashable, Sendable {
    case person
    case system
  }

  package let kind: Kind
  /// Login name and host for a person on this machine, the token's name for one who came over TCP, the part's name for Slipway.
  package let name: String

  package init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// The engine acting by itself.
  package static let engine = Actor(.system, "engine")
}
