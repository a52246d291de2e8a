/// Where people are told what becomes of the rollouts of an environment.
package struct NotificationChannel: Hashable, Sendable, Codable {
  /// What the body of the request looks like.
  package enum Format: String, Codable, CaseIterable, Hashable, Sendable {
    /// All that is known, for programs.
    case json
    /// `{"text": …}`, as Slack takes it, Mattermost, and Discord at `/slack`.
    case slack
  }

  /// Unique in its environment; journal and logs say this, since the URL is nobody's business.
  package let name: Name
  /// Where notices are posted to.
  package let webhook: WebhookPlace
  /// How they are written; default ``Format/json``.
  package let format: Format
  /// What is told, in the order of ``NotificationEvent``; at least one.
  package let events: [NotificationEvent]

  package init(
    name: Name, webhook: WebhookPlace, format: Format = .json, events: [NotificationEvent] = NotificationEvent.standard
  ) {
    self.name = name
    self.webhook = webhook
    self.format = format
    self.events = events
  }

  /// The same channel with its URL elsewhere.
  package func with(webhook: WebhookPlace) -> NotificationChannel {
    NotificationChannel(name: name, webhook: webhook, format: format, events: events)
  }
}

/// Where the URL of a webhook is. Whoever has the URL can write to the channel, so that it is a secret itself.
package enum WebhookPlace: Hashable, Sendable {
  /// Read at each request.
  case secret(SecretPlace)
  /// As the file states it: one variable named ``stated``, kept as those of services are, apart from the journal.
  case stated(Variables)

  /// The name under which a stated URL is kept.
  package static let stated = "webhook"

  /// The place of a URL that the file states.
  package static func url(_ text: String) -> WebhookPlace { .stated(.values([stated: text])) }
}

extension WebhookPlace: Codable {
  private enum CodingKeys: String, CodingKey { case stated, variable, file }

  /// Reads `{"stated"}`, `{"variable"}` and `{"file"}`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if container.contains(.stated) {
      self = .stated(try container.decode(Variables.self, forKey: .stated))
    } else {
      self = .secret(try SecretPlace(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .secret(let place): try place.encode(to: encoder)
    case .stated(let variables):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(variables, forKey: .stated)
    }
  }
}

/// What can be told of a rollout. The words are those that the journal has for phases and for what people do.
package enum NotificationEvent: String, Codable, CaseIterable, Hashable, Sendable {
  case started
  /// A person paused it.
  case paused
  /// Evidence does not come: a person has to decide.
  case undecided
  case rollingBack = "rolling_back"
  case rolledBack = "rolled_back"
  case failed
  case succeeded
  /// Somebody tries a channel out: no entry is told as this, and no channel asks for it.
  case test

  /// What channels can ask for.
  package static let allCases: [NotificationEvent] = [.started, .paused, .undecided, .rollingBack, .rolledBack, .failed, .succeeded]

  /// What is told where a channel does not say: everything but the beginning.
  package static let standard = allCases.filter { $0 != .started }
}
