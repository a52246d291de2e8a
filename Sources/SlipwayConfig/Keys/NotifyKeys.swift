import SlipwayModel

extension Keys {
  /// Who is told, in an environment.
  static let notify = Key(
    "notify", .list(of: .section(.channel), upTo: 10), default: "nobody", example: "[{ webhook_env: CHAT_WEBHOOK, format: slack }]",
    "Who is told what becomes of rollouts; see [notifications.md](../notifications.md).")

  private static let events = NotificationEvent.allCases.map(\.rawValue)

  static let channel: [Key] = [
    Key(
      "name", .text(.name), default: "`webhook`, `webhook-2`, …", example: "team-chat",
      "What journal and logs call it: they never show the URL."),
    Key(
      "webhook", .text(.url), default: "this, `webhook_env` or `webhook_file`", example: "https://chat.example/hooks/abc",
      "Where notices are posted to. The URL is kept apart from the journal, as values of `env` are."),
    Key(
      "webhook_env", .text(.variable), default: "as `webhook`", example: "CHAT_WEBHOOK",
      "Variable of the server that holds the URL; read at each request."),
    Key(
      "webhook_file", .text(.file), default: "as `webhook`", example: "/run/secrets/webhook",
      "File that holds the URL; read at each request."),
    Key(
      "format", .choice(NotificationChannel.Format.allCases.map(\.rawValue)), default: "`json`", example: "slack",
      "`json`: all that is known. `slack`: one text, as Slack, Mattermost and Discord (`…/slack`) take it."),
    Key(
      "on", .either(.choice(events), .list(of: .choice(events), upTo: 20)),
      default: NotificationEvent.standard.map { "`\($0.rawValue)`" }.joined(separator: ", "), example: "[failed, rolled_back]",
      "What is told."),
  ]
}
