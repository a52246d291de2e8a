/// What went wrong at the border of a module, in one shape for the command line, the API and the journal.
///
/// A failed criterion, a rejected gate and a refused command are results and not errors; an error says that the input
/// was wrong or that machinery did not work.
package struct SlipwayError: Error, Hashable, Sendable {
  /// A short, stable name in kebab-case. It is safe as a metric label, and `docs/errors.md` explains each.
  package struct Code: Hashable, Sendable, RawRepresentable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
  }

  /// Who has to act; decides the exit status of the command line.
  package enum Kind: String, Codable, Hashable, Sendable {
    /// What the user gave is wrong: exit status 2.
    case input
    /// It is valid but not possible in the present state: exit status 1.
    case refused
    /// A human has to decide: exit status 3.
    case human
    /// The surroundings or Slipway itself failed: exit status 4.
    case broken
  }

  package let code: Code
  package let kind: Kind
  /// What happened, in words, without a full stop at the end.
  package let message: String
  /// What the reader can do about it.
  package let remedy: String
  /// The error below this one, in words.
  package let cause: String?

  package init(_ code: Code, _ kind: Kind, _ message: String, remedy: String, cause: (any Error)? = nil) {
    self.code = code
    self.kind = kind
    self.message = message
    self.remedy = remedy
    self.cause = cause.map { PlainWords.cause(String(describing: $0)) }
  }
}

extension SlipwayError: CustomStringConvertible {
  package var description: String {
    "\(message) [\(code.rawValue)]" + (cause.map { "\n  cause: \($0)" } ?? "") + "\n  remedy: \(remedy)"
  }
}

extension SlipwayError: Codable {
  private enum CodingKeys: String, CodingKey { case code, kind, message, remedy, cause }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    code = Code(rawValue: try container.decode(String.self, forKey: .code))
    kind = try container.decode(Kind.self, forKey: .kind)
    message = try container.decode(String.self, forKey: .message)
    remedy = try container.decode(String.self, forKey: .remedy)
    cause = try container.decodeIfPresent(String.self, forKey: .cause)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(code.rawValue, forKey: .code)
    try container.encode(kind, forKey: .kind)
    try container.encode(message, forKey: .message)
    try container.encode(remedy, forKey: .remedy)
    try container.encodeIfPresent(cause, forKey: .cause)
  }
}

extension SlipwayError.Code {
  /// A code is declared beside the code that throws it: `extension SlipwayError.Code { static let portInUse = … }`.
  package init(_ rawValue: String) { self.init(rawValue: rawValue) }
}
