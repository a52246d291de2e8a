import SlipwayStore

/// What verifying a journal has shown, as text.
enum AuditText {
  static func lines(_ report: VerificationReport) -> [String] {
    var lines = ["\(report.entries) entries, \(report.checkpointsVerified) signed checkpoints, \(report.entriesSigned) entries signed"]
    if let root = report.root { lines.append("root \(root)") }
    if let key = report.verificationKey { lines.append("key  \(key)") }
    if report.isIntact { return lines + ["the journal is as it was written"] }
    lines += report.problems.map { "changed: \($0)" }
    if report.problemsOmitted > 0 { lines.append("and \(report.problemsOmitted) more") }
    return lines
  }
}
