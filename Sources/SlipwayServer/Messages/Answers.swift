import Glibc
import SlipwayEngine
import SlipwayModel
import SlipwayRuntime

/// The body of every answer that is an error, and what `--output json` prints for one.
package struct ErrorDocument: Hashable, Sendable, Codable {
  package let error: SlipwayError

  package init(error: SlipwayError) {
    self.error = error
  }
}

/// Answer of `GET /v1/health`.
package struct HealthView: Hashable, Sendable, Codable {
  /// Always `ok`: a server that can't answer so does not answer.
  package let status: String
  package let version: String
  package let processID: Int32
  package let startedAt: Timestamp
  /// Who leads, where servers agree on that by a Lease; `nil` for a server that needs none.
  package let leadership: LeadershipView?

  init(startedAt: Timestamp, leadership: LeadershipView? = nil) {
    self.leadership = leadership
    status = "ok"
    version = Program.version
    processID = getpid()
    self.startedAt = startedAt
  }

  private enum CodingKeys: String, CodingKey {
    case status, version, leadership
    case processID = "pid"
    case startedAt = "started_at"
  }
}

/// Answer of `POST /v1/shutdown`: it will happen once open requests have ended.
package struct Accepted: Hashable, Sendable, Codable {
  package var accepted = true

  package init() {}
}

/// Answer of `GET /v1/rollouts`: the newest, oldest of them first.
package struct RolloutList: Hashable, Sendable, Codable {
  package let rollouts: [RolloutView]

  package init(rollouts: [RolloutView]) {
    self.rollouts = rollouts
  }
}

/// Answer of `GET /v1/rollouts/{id}/entries`: what was added to the journal, and the rollout after it.
package struct RolloutNews: Hashable, Sendable, Codable {
  /// The server's time, for figures that depend on it.
  package let at: Timestamp
  package let entries: [EntryView]
  package let rollout: RolloutView

  package init(at: Timestamp, entries: [EntryView], rollout: RolloutView) {
    self.at = at
    self.entries = entries
    self.rollout = rollout
  }
}

/// Answer of `GET /v1/rollouts/{id}/verdicts`.
package struct VerdictList: Hashable, Sendable, Codable {
  package let verdicts: [VerdictView]

  package init(verdicts: [VerdictView]) {
    self.verdicts = verdicts
  }
}

/// Answer of `POST /v1/forecast`.
package struct ForecastView: Hashable, Sendable, Codable {
  /// `nil` when the plan compares nothing or nothing was seen of the live release lately.
  package let forecast: PlanForecast?

  package init(forecast: PlanForecast?) {
    self.forecast = forecast
  }
}
