import SlipwayModel
import SlipwayReach

/// Runs a program for the document that it prints.
struct CommandRun: Sendable {
  let arguments: [String]
  let folder: String
  let timeout: TimeSpan

  /// More than this no program has to say.
  private static let sizeLimit = 1 << 20

  /// - Throws: `SlipwayError` with code `metrics-command`.
  func output() async throws(SlipwayError) -> [UInt8] {
    let result: (end: ProgramRun.End, output: [UInt8], isCut: Bool)
    do throws(ReachError) {
      result = try await ProgramRun(arguments: arguments, folder: folder, timeout: timeout).run(limit: Self.sizeLimit)
    } catch {
      throw .metricsCommand(error.message, error.cause)
    }
    switch result.end {
    case .overdue: throw .metricsCommand("the command of `metrics` has not ended within \(timeout), and was ended")
    case .exited(0): break
    case .exited(let status): throw .metricsCommand("the command of `metrics` ended with exit status \(status)")
    case .signalled(let signal): throw .metricsCommand("the command of `metrics` ended with signal \(signal)")
    }
    guard !result.isCut else { throw .metricsCommand("the command of `metrics` printed more than \(Self.sizeLimit >> 20) MiB") }
    return result.output
  }
}
