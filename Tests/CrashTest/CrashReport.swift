import SlipwayDemo

/// What a campaign did and found.
struct CrashReport {
  var blows = 0
  var rollouts = 0
  var succeeded = 0
  var wentBack = 0
  /// Deployments whose request was lost before the journal had it; they were made again.
  var notBegun = 0
  var problems: [String] = []
  var load = LoadReport()
  var faulty: Set<String> = []
  var journalEntries = 0
  var seconds = 0.0

  func summary(trouble: TroubleKind, seed: UInt64) -> String {
    var lines = [
      "trouble \(trouble.rawValue), seed \(seed): \(blows) blows in \(rollouts) rollouts (\(succeeded) succeeded, \(wentBack) went back, "
        + "\(notBegun) had to be asked for again), \(Int(seconds)) s",
      "requests \(load.requests), failed \(load.failedRequests(exceptErrorsOf: faulty)); journal: \(journalEntries) entries",
    ]
    lines += problems.prefix(20).map { "PROBLEM \($0)" }
    lines.append(problems.isEmpty ? "nothing was lost" : "\(problems.count) problems")
    return lines.joined(separator: "\n")
  }
}
