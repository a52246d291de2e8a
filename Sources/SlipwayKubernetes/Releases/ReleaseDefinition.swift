import SlipwayModel

/// The custom resource that declares which version of a service is wanted: what a cluster has to know of it.
package enum ReleaseDefinition {
  /// The kind that is stored and served; there is one version of it.
  package static let kind = ResourceKind(group: "slipway.dev", version: "v1alpha1", kind: "Release", plural: "releases")

  /// The CustomResourceDefinition (apiextensions.k8s.io/v1).
  ///
  /// Names of fields are in camel case, unlike those of `slipway.yaml`: that is how objects of the API are written
  /// (Kubernetes API conventions, "Naming conventions").
  package static let manifest = ObjectDocument([
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": ["name": .text("\(kind.plural).\(kind.group)")],
    "spec": [
      "group": .text(kind.group), "scope": "Namespaced",
      "names": [
        "kind": .text(kind.kind), "listKind": "ReleaseList", "plural": .text(kind.plural), "singular": "release",
        "shortNames": ["slr"], "categories": ["slipway"],
      ],
      "versions": [
        [
          "name": .text(kind.version), "served": true, "storage": true, "subresources": ["status": [:]],
          "additionalPrinterColumns": .list(columns), "schema": ["openAPIV3Schema": ReleaseSchema.object],
        ]
      ],
    ],
  ])

  private static let columns: [JSONValue] = [
    column("Service", ".spec.service"), column("Version", ".spec.version"), column("Phase", ".status.phase"),
    column("Share", ".status.share", type: "integer", "Percent of the requests that the candidate has."),
    column("Ready", #".status.conditions[?(@.type=="Ready")].status"#),
    column("Age", ".metadata.creationTimestamp", type: "date"),
    column("Environment", ".spec.environment", priority: 1), column("Live", ".status.liveVersion", priority: 1),
    column("Rollout", ".status.rollout", priority: 1),
    column("Message", #".status.conditions[?(@.type=="Ready")].message"#, priority: 1),
  ]

  /// - Parameter priority: above 0 the column is shown with `-o wide` only.
  private static func column(
    _ name: String, _ path: String, type: String = "string", _ description: String? = nil, priority: Int = 0
  ) -> JSONValue {
    var column: JSONValue = ["name": .text(name), "jsonPath": .text(path), "type": .text(type)]
    column["description"] = description.map { .text($0) }
    if priority > 0 { column["priority"] = .integer(priority) }
    return column
  }
}
