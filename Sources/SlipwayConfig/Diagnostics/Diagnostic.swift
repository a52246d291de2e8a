/// A place in a file: lines and columns count from 1, columns in Unicode scalars as editors do.
package struct SourceLocation: Hashable, Sendable, Codable {
  /// The name of the file as the user gave it.
  package let file: String
  package let line: Int
  package let column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

/// One thing that is wrong, or worth knowing, in a file that a user wrote.
package struct Diagnostic: Hashable, Sendable, Codable {
  package enum Severity: String, Codable, Hashable, Sendable {
    /// The file can't be used.
    case error
    /// The file can be used, but something in it may not mean what its author thinks.
    case warning
  }

  package let severity: Severity
  package let code: DiagnosticCode
  /// What is wrong, in words, without a full stop at the end. It never holds the value of an environment variable.
  package let message: String
  package let location: SourceLocation
  /// How many columns from ``location`` on are meant, at least 1.
  package let length: Int
  /// What the reader can do about it.
  package let remedy: String

  package init(
    severity: Severity, code: DiagnosticCode, message: String, location: SourceLocation, length: Int, remedy: String
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.location = location
    self.length = length
    self.remedy = remedy
  }
}

/// What kind of mistake a diagnostic is about. The words are stable: scripts may compare them, and
/// `docs/formats/config.md` explains each.
package enum DiagnosticCode: String, Codable, CaseIterable, Hashable, Sendable {
  case fileTooLarge = "file-too-large"
  case invalidEncoding = "invalid-encoding"
  case yamlSyntax = "yaml-syntax"
  case yamlUnsupported = "yaml-unsupported"
  case yamlTooComplex = "yaml-too-complex"
  case emptyFile = "empty-file"
  case duplicateKey = "duplicate-key"
  case undefinedVariable = "undefined-variable"
  case invalidInterpolation = "invalid-interpolation"
  case unknownKey = "unknown-key"
  case wrongType = "wrong-type"
  case invalidValue = "invalid-value"
  case outOfRange = "out-of-range"
  case missingKey = "missing-key"
  case missingValue = "missing-value"
  case emptyValue = "empty-value"
  case conflictingKeys = "conflicting-keys"
  case invalidCriterion = "invalid-criterion"
  case wrongDirection = "wrong-direction"
  case noBaseline = "no-baseline"
  case windowTooLong = "window-too-long"
  case sharesNotRising = "shares-not-rising"
  case duplicateName = "duplicate-name"
  case noReplicaMoves = "no-replica-moves"
  case unknownReference = "unknown-reference"
  case dependencyCycle = "dependency-cycle"
  case addressInUse = "address-in-use"
  case notHonoured = "not-honoured"
  case noEffect = "no-effect"
  case secretExposed = "secret-exposed"
  case smallPercentage = "small-percentage"
}
