import SlipwayModel

// The keys of `gates`, which the base and an environment may have.
extension Keys {
  static let gates = Key(
    "gates", .list(of: .section(.gate), upTo: GateSpec.most), example: "[{ name: change-freeze, command: [./may-deploy.sh] }]",
    "What must hold outside before a deployment or a promotion; see [gates.md](../gates.md). An environment's list takes the place of the base's."
  )

  static let gate: [Key] =
    [
      Key("name", .text(.name), default: "required", example: "change-freeze", "What it is called; unique in the environment."),
      Key(
        "command", .list(of: .text(.filled), upTo: 50), default: "this or `webhook`", example: "[./may-deploy.sh]",
        "Program and arguments, run by the server in the folder of the file. Exit status 0 passes, 75 says not yet, 1 to 125 fails."),
      Key(
        "webhook", .text(.url), default: "this or `command`", example: "https://qa.example.com/gates",
        "URL that is asked by POST. `{\"pass\": true}` passes, status 202 says not yet, `{\"pass\": false}` fails."),
      Key(
        "before", .choice(GateSpec.Place.allCases.map(\.rawValue)), default: "`deploy`", example: "promotion",
        "What waits for it: the whole deployment, or the candidate's step to all traffic."),
      Key(
        "timeout", .duration(GateSpec.timeouts), default: "`5m`", example: "10m",
        "How long \"not yet\" and silence are borne in all; then the rollout goes back."),
    ] + access
}
