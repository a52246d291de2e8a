import SlipwayModel
import SlipwayPorts
import SlipwayReach

/// A gate that is a program: its exit status is the answer, and the end of what it prints is what it says.
struct CommandGate: Sendable {
  let arguments: [String]
  let timeout: TimeSpan

  /// `EX_TEMPFAIL` of sysexits.h: try again later.
  private static let notYet: Int32 = 75
  /// Above this a shell says that a program was not found, could not be run or was ended by a signal.
  private static let results: ClosedRange<Int32> = 1...125
  /// Of the output.
  private static let sizeLimit = 64 << 10

  func ask(_ question: GateQuestion) async -> GateAnswer {
    let program = ProgramRun(arguments: arguments, folder: question.folder, variables: Self.variables(question), timeout: timeout)
    do throws(ReachError) {
      let (end, output, _) = try await program.run(limit: Self.sizeLimit)
      return Self.answer(end, Self.lastLines(output), timeout)
    } catch {
      return GateAnswer(.unanswered, error.message)
    }
  }

  private static func answer(_ end: ProgramRun.End, _ words: String, _ timeout: TimeSpan) -> GateAnswer {
    switch end {
    case .exited(0): GateAnswer(.passed, words)
    case .exited(notYet): GateAnswer(.pending, words)
    case .exited(let status) where results.contains(status): GateAnswer(.failed, words.isEmpty ? "exit status \(status)" : words)
    case .exited(let status): GateAnswer(.unanswered, "exit status \(status)" + (words.isEmpty ? "" : ": \(words)"))
    case .signalled(let signal): GateAnswer(.unanswered, "it was ended by signal \(signal)")
    case .overdue: GateAnswer(.unanswered, "it has not ended within \(timeout), and was ended")
    }
  }

  /// What stands at the end says how it ended: the last lines that have room in an answer, first one first.
  private static func lastLines(_ output: [UInt8]) -> String {
    var words = ""
    for line in String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).reversed() {
      let longer = words.isEmpty ? String(line) : line + " " + words
      if longer.count > GateAnswer.wordLimit { return words.isEmpty ? longer : words }
      words = longer
    }
    return words
  }

  private static func variables(_ question: GateQuestion) -> [String: String] {
    [
      "SLIPWAY_GATE": question.gate.name.description, "SLIPWAY_SERVICE": question.key.service.description,
      "SLIPWAY_ENVIRONMENT": question.key.environment.description, "SLIPWAY_VERSION": question.version.description,
      "SLIPWAY_ROLLOUT": question.rollout, "SLIPWAY_PLAN": question.plan.description,
      "SLIPWAY_BEFORE": question.gate.before.rawValue,
    ]
  }
}
