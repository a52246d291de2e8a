/// How a process ended by itself, or was ended since it was of no use, in the words a person on call needs.
package struct ExitReport: Hashable, Sendable, Codable {
  /// What the target did about a process that did not simply end.
  package enum Intervention: String, Hashable, Sendable, Codable {
    /// It ran and was of no use: it did not listen at its port, or did not answer.
    case stopped
    /// It could not be started.
    case notStarted = "not_started"
  }

  package let at: Timestamp
  /// `exit status 3`, `signal 9 (SIGKILL)`, or that it could not be learned (the process was adopted after a restart). With an
  /// ``intervention`` what was done and why: `stopped, since it did not listen at port 48053 within 9s`.
  package let status: String
  /// `nil` when the process ended by itself.
  package let intervention: Intervention?
  /// Whether the process had opened its port before it ended.
  package let wasBound: Bool
  /// The last lines it wrote, oldest first, at most 20 lines of at most 400 characters; secrets removed.
  package let lastLines: [String]

  package init(at: Timestamp, status: String, intervention: Intervention? = nil, wasBound: Bool, lastLines: [String]) {
    self.at = at
    self.status = status
    self.intervention = intervention
    self.wasBound = wasBound
    self.lastLines = lastLines
  }

  /// What follows after `a process` in a sentence: `ended with exit status 3`, `was stopped, since …`. Without the last lines.
  package var predicate: String {
    switch intervention {
    case nil: "ended with \(status)"
    case .stopped, .notStarted: "was \(status)"
    }
  }

  /// ``predicate``, whether that was before it listened, and the last three lines if there are any.
  package var account: String {
    let before = intervention == nil && !wasBound ? " before it opened its port" : ""
    let lines = lastLines.isEmpty ? "" : ": " + lastLines.suffix(3).joined(separator: " | ")
    return predicate + before + lines
  }

  private enum CodingKeys: String, CodingKey {
    case at, status, intervention
    case wasBound = "was_bound"
    case lastLines = "last_lines"
  }
}
