import SlipwayModel

/// The structural OpenAPI schema of a Release.
enum ReleaseSchema {
  static let object: JSONValue = [
    "type": "object",
    "description": """
    The version of a service that is wanted in an environment. Slipway begins one rollout for each change of what is asked for, and tells \
    here how it goes.
    """,
    "required": ["spec"],
    "properties": [
      "apiVersion": ["type": "string"], "kind": ["type": "string"], "metadata": ["type": "object"], "spec": spec, "status": status,
    ],
  ]

  /// RFC 1123 label: `Name`.
  private static let label = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
  private static let largest = 1_000_000_000_000

  private static let spec = Schema.object(
    "What is wanted.", required: ["service", "environment", "version", "configuration"],
    rules: [
      ("self.service == oldSelf.service", "service can't be changed: delete this Release and make another one"),
      ("self.environment == oldSelf.environment", "environment can't be changed: delete this Release and make another one"),
    ],
    [
      "service": Schema.text("The service, as the configuration names it.", pattern: label, lengths: 1...63),
      "environment": Schema.text(
        "The environment, as the configuration names it. Its `namespace` has to be the one that this object is in.", pattern: label,
        lengths: 1...63),
      "version": Schema.text(
        "The version that is wanted; also the tag of the service's image.", pattern: "^[A-Za-z0-9][A-Za-z0-9._+-]*$", lengths: 1...128),
      "image": Schema.text(
        "A whole image reference, in the place of the service's `image` with the version as its tag.", pattern: #"^\S+$"#,
        lengths: 1...512),
      "configuration": configuration,
      "reason": Schema.text("Why, for the journal and for whoever looks at the rollout.", lengths: 0...1024),
      "paused": Schema.flag(
        """
        Whether the rollout stays where it is; one that has not begun is not begun. Going back is never held up. Lifting a pause that a \
        person or the plan has made needs `slipway resume`.
        """),
      "attempt": Schema.integer("A number to raise when a version that went back is to be tried again as it is.", 1...1_000_000),
    ])

  private static let configuration = Schema.object(
    "Where the plan comes from.", required: ["configMapRef"],
    [
      "configMapRef": Schema.object(
        "A ConfigMap of the same namespace that holds slipway.yaml. It is read when a rollout begins; a later change begins none.",
        required: ["name"],
        [
          "name": Schema.text(
            "Name of the ConfigMap.", pattern: #"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$"#, lengths: 1...253),
          "key": Schema.text(
            "Its key with the file.", pattern: "^[-._a-zA-Z0-9]+$", lengths: 1...253, default: ReleaseSpec.standardKey),
        ]),
      "variables": Schema.map(
        "What `${NAME}` in the file stands for. Nothing is taken from the environment of the server. No place for secrets.",
        of: ["type": "string", "maxLength": 4096], atMost: 64),
    ])

  // Words that Slipway itself writes are not listed as an `enum`: a newer server could not write a new one below an older definition.
  private static let status = Schema.object(
    "What has become of it.",
    [
      "observedGeneration": Schema.integer("The `metadata.generation` that the rest is about.", 0...largest),
      "request": Schema.text("Digest of what that generation asks for, apart from `paused` and `reason`.", lengths: 0...80),
      "requestGeneration": Schema.integer("The generation since which it has asked for that, and for nothing else.", 0...largest),
      "rollout": Schema.text("The rollout, as `slipway status` names it.", lengths: 0...128),
      "phase": Schema.text(
        """
        Pending, Building, Deploying, Validating, Shifting, Baking, Succeeded, RollingBack, RolledBack or Failed. More may come.
        """, lengths: 0...64),
      "step": Schema.object(
        "The step of the plan.",
        [
          "number": Schema.integer("Counted from 1.", 0...100_000), "count": Schema.integer("How many there are.", 0...100_000),
          "name": Schema.text("As the plan names it.", lengths: 0...256),
        ]),
      "share": Schema.integer(
        "Percent of the requests that the candidate has, in whole numbers: 0 and 100 are exact.", 0...100),
      "planDigest": Schema.text("Digest of the plan; a decision about the rollout can name it.", lengths: 0...80),
      "liveVersion": Schema.text("The version that has the requests outside of a trial.", lengths: 0...128),
      "startedAt": Schema.instant("When the rollout began."),
      "finishedAt": Schema.instant("When it was over."),
      "entry": Schema.integer("The newest entry of the journal that Events were made of.", 0...largest),
      "conditions": conditions,
    ])

  private static let conditions = Schema.list(
    "`Ready`, and `Reconciling` or `Stalled` while they are true.",
    of: Schema.object(
      "One of them.", required: ["type", "status", "lastTransitionTime", "reason", "message"],
      [
        "type": Schema.text("Ready, Reconciling or Stalled.", lengths: 1...316),
        "status": Schema.choice("Whether it is so.", ["True", "False", "Unknown"]),
        "observedGeneration": Schema.integer("The generation that it is about.", 0...largest),
        "lastTransitionTime": Schema.instant("When `status` became what it is."),
        "reason": Schema.text("Why, in one word for programs.", pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$", lengths: 1...1024),
        "message": Schema.text("Why, for people.", lengths: 0...32_768),
      ]), by: "type", atMost: 8)
}
