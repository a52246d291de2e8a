/// Which kind of object, as an index into the catalogue of kinds.
package struct KindID: Hashable, Comparable, Sendable {
  let index: Int
  package static func < (a: KindID, b: KindID) -> Bool { a.index < b.index }
}

/// What the API server knows of a kind.
package struct KindInfo: Hashable, Sendable {
  /// Empty for the core group.
  package let group: String
  package let version: String
  package let kind: String
  package let plural: String
  package let isNamespaced: Bool
  /// Whether a CustomResourceDefinition would bring it: then lists name the kind of each item, and there is no strategic merge patch.
  package let isCustom: Bool
  package let hasStatus: Bool
  package let hasScale: Bool
  /// Whether `metadata.generation` rises with the specification.
  package let countsGenerations: Bool

  package init(
    _ apiVersion: String, _ kind: String, _ plural: String, namespaced: Bool = true, custom: Bool = false, status: Bool = false,
    scale: Bool = false, generations: Bool = false
  ) {
    let parts = apiVersion.split(separator: "/").map(String.init)
    group = parts.count == 2 ? parts[0] : ""
    version = parts.last ?? "v1"
    self.kind = kind
    self.plural = plural
    isNamespaced = namespaced
    isCustom = custom
    hasStatus = status
    hasScale = scale
    countsGenerations = generations
  }

  package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  /// `pods`, `deployments.apps`: as messages name it.
  package var groupResource: String { group.isEmpty ? plural : "\(plural).\(group)" }
  /// `Pod`, `Deployment.apps`.
  package var groupKind: String { group.isEmpty ? kind : "\(kind).\(group)" }
}
