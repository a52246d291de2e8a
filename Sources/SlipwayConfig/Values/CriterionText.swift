import SlipwayModel

/// What is wrong with a criterion, and where in its text.
package struct CriterionProblem: Error, Hashable, Sendable {
  package let code: DiagnosticCode
  package let message: String
  package let remedy: String
  /// Scalars from the start of the text.
  package let offset: Int
  package let length: Int
}

/// Reads criteria: a comparison, a bound, and perhaps a window.
///
///     criterion  = comparison bound ["for" duration]
///     comparison = "<" | "<=" | ">" | ">="
///     bound      = percentage "%" | duration | factor "x" "baseline" | number
///
/// A plain number goes with a reading only, and a reading that is no share of something may be bounded from either side.
package struct CriterionText {
  private let scalars: [Unicode.Scalar]
  private let metric: Metric
  private let role: CriterionRole
  private var position = 0

  /// Windows that make sense for figures taken every second.
  static let windows = TimeSpan.seconds(1)...TimeSpan.hours(24)
  /// Response times that may be asked for.
  static let times = TimeSpan.milliseconds(1)...TimeSpan.hours(1)

  private init(_ text: String, metric: Metric, role: CriterionRole) {
    self.scalars = Array(text.unicodeScalars)
    self.metric = metric
    self.role = role
  }

  /// - Throws: ``CriterionProblem`` for a text that is no criterion, a bound that doesn't fit the metric, a comparison
  ///   that is the wrong way round for its place, and a bound that always or never holds.
  package static func parse(_ text: String, metric: Metric, role: CriterionRole) throws(CriterionProblem) -> Criterion {
    var parser = CriterionText(text, metric: metric, role: role)
    return try parser.criterion()
  }

  private var example: String {
    switch (role, metric) {
    case (.success, .errorRate): #"write for example "<1%""#
    case (.success, .reading): #"write for example "<80%" or "<100""#
    case (.success, _): #"write for example "<500ms" or "<=2x baseline""#
    case (.trigger, .reading): #"write for example ">90% for 2m" or ">100""#
    case (.trigger, .errorRate): #"write for example ">5%" or ">5% for 2m""#
    case (.trigger, _): #"write for example ">2s" or ">2x baseline for 3m""#
    }
  }

  private mutating func criterion() throws(CriterionProblem) -> Criterion {
    let tolerance = ComparisonReader.tolerance(in: String(String.UnicodeScalarView(scalars)))
    if tolerance == .unreadable, role == .success, metric == .errorRate {
      throw problem(.invalidCriterion, ComparisonReader.unreadable.message, remedy: ComparisonReader.unreadable.remedy, from: 0)
    }
    if tolerance != nil { throw notCompared }
    let comparison = try comparison()
    let boundStart = position
    let bound = try bound()
    try checkSense(comparison, bound, from: boundStart)
    let window = try window()
    return Criterion(metric: metric, comparison: comparison, bound: bound, window: window)
  }

  private var notCompared: CriterionProblem {
    switch role {
    case .success where metric == .errorRate:
      problem(
        .invalidCriterion, "a comparison is no threshold, and can't stand where one is asked for",
        remedy: "write `error_rate: \(ComparisonReader.phrase)` itself under success_criteria", from: 0)
    case .success:
      problem(
        .invalidCriterion, "`\(metric.rawValue)` is not compared on its own; all response times are, and the error rate",
        remedy: "write `latency: \(ComparisonReader.phrase)`", from: 0)
    case .trigger:
      problem(
        .invalidCriterion, "a comparison is no trigger; where a stage asks for it, it sends the rollout back by itself",
        remedy: "write it under success_criteria of a stage", from: 0)
    }
  }

  private func problem(_ code: DiagnosticCode, _ message: String, remedy: String? = nil, from start: Int, to end: Int? = nil)
    -> CriterionProblem
  {
    let length = max(1, (end ?? scalars.count) - start)
    return CriterionProblem(code: code, message: message, remedy: remedy ?? example, offset: start, length: length)
  }

  private mutating func skipSpaces() {
    while position < scalars.count, scalars[position] == " " || scalars[position] == "\t" { position += 1 }
  }

  /// The next word, and where it begins.
  private mutating func word() -> (text: String, start: Int)? {
    skipSpaces()
    let start = position
    while position < scalars.count, scalars[position] != " ", scalars[position] != "\t" { position += 1 }
    return position > start ? (String(scalars[start..<position]), start) : nil
  }

  // MARK: Comparison

  private mutating func comparison() throws(CriterionProblem) -> Comparison {
    skipSpaces()
    let start = position
    while position < scalars.count, "<>=!≤≥~".unicodeScalars.contains(scalars[position]) { position += 1 }
    let sign = String(scalars[start..<position])
    if sign.isEmpty {
      throw problem(.invalidCriterion, "a criterion begins with <, <=, > or >=", from: start)
    }
    guard let comparison = Comparison(rawValue: sign) else {
      throw problem(.invalidCriterion, "`\(sign)` is not a comparison; there are <, <=, > and >=", from: start, to: position)
    }
    // More of some readings is better: a hit rate, a number of workers that are ready.
    if let name = metric.readingName, !Metric.saturation.contains(name) { return comparison }
    let isUpperBound = comparison == .less || comparison == .lessOrEqual
    switch role {
    case .success where !isUpperBound:
      throw problem(
        .wrongDirection, "a success criterion says what has to hold, so its figure is bounded from above with < or <=",
        remedy: "turn the sign round; what makes a rollout go back stands under rollback.triggers", from: start, to: position)
    case .trigger where isUpperBound:
      throw problem(
        .wrongDirection, "a trigger says what makes the rollout go back, so its figure exceeds something: > or >=",
        remedy: "turn the sign round; what has to hold stands under success_criteria of a stage", from: start, to: position)
    case .success, .trigger: return comparison
    }
  }

  // MARK: Bound

  private mutating func bound() throws(CriterionProblem) -> Bound {
    guard let (first, start) = word() else {
      throw problem(.invalidCriterion, "the comparison has nothing to compare with", from: max(0, position - 1))
    }
    var text = first
    if text.isNumber, let next = upcomingWord(), next == "%" || next.hasPrefix("x") || TimeSpan("1" + next) != nil {
      text += word()?.text ?? ""
    }
    if text.last == "x", text.dropLast().isNumber { return try baseline(factor: String(text.dropLast()), from: start) }
    if text.last == "%" {
      guard let share = Percentage(configuration: text) else {
        throw problem(
          .invalidCriterion, "a percentage is 0 to 100 with at most two decimals", from: start, to: position)
      }
      guard metric == .errorRate || metric.readingName != nil else {
        throw problem(
          .invalidCriterion, "`\(metric.rawValue)` is a time, not a percentage", from: start, to: position)
      }
      return .percentage(share)
    }
    if text.isNumber, let name = metric.readingName, !Metric.saturation.contains(name), let number = Double(text) { return .number(number) }
    if text.isNumber {
      let unit = metric == .errorRate || metric.readingName != nil ? "a percentage needs its %" : "a time needs its unit, ms or s"
      throw problem(.invalidCriterion, "the number has no unit: \(unit)", from: start, to: position)
    }
    if text == "baseline" {
      throw problem(
        .invalidCriterion, "a comparison with the live version says how many times its figure", remedy: "write 1x baseline", from: start,
        to: position)
    }
    guard let time = TimeSpan(text) else {
      throw problem(
        .invalidCriterion, "this is neither a percentage nor a time nor a multiple of the baseline", from: start, to: position)
    }
    guard metric != .errorRate, !Metric.saturation.contains(metric.rawValue) else {
      throw problem(.invalidCriterion, "`\(metric.rawValue)` is a percentage, not a time", from: start, to: position)
    }
    guard Self.times.contains(time) else {
      throw problem(
        .outOfRange, "a response time to compare with is \(Self.times.lowerBound) to \(Self.times.upperBound)", from: start, to: position)
    }
    return .time(time)
  }

  private func upcomingWord() -> String? {
    var ahead = self
    return ahead.word()?.text
  }

  private mutating func baseline(factor text: String, from start: Int) throws(CriterionProblem) -> Bound {
    let end = position
    guard word()?.text == "baseline" else {
      throw problem(
        .invalidCriterion, "the criterion does not say what it is a multiple of",
        remedy: "write \(text)x baseline for a multiple of the live version's figure",
        from: start, to: end)
    }
    guard let factor = Double(text), (role == .trigger ? 1.0 : 0.01)...100 ~= factor else {
      throw problem(
        .outOfRange, "the multiple of the baseline is \(role == .trigger ? "1" : "0.01") to 100", from: start, to: end)
    }
    return .baseline(factor)
  }

  /// Refuses what always or never holds, since it is not what its author thinks.
  private func checkSense(_ comparison: Comparison, _ bound: Bound, from start: Int) throws(CriterionProblem) {
    switch (comparison, bound) {
    case (.less, .percentage(.zero)):
      throw problem(
        .outOfRange, "no rate is below 0 %, so this can never hold", remedy: #"write "<=0%" for no failure at all"#, from: start,
        to: position)
    case (.greater, .percentage(.hundred)):
      throw problem(.outOfRange, "no rate is above 100 %, so this can never happen", from: start, to: position)
    case (.greaterOrEqual, .percentage(.zero)):
      throw problem(.outOfRange, "every rate is at least 0 %, so this would always happen", from: start, to: position)
    default: return
    }
  }

  // MARK: Window

  private mutating func window() throws(CriterionProblem) -> TimeSpan? {
    guard let (keyword, start) = word() else { return nil }
    guard keyword == "for" else {
      throw problem(.invalidCriterion, "after the bound there may only be `for` and a duration", from: start)
    }
    guard let (text, durationStart) = word() else {
      throw problem(.invalidCriterion, "`for` has no duration after it", from: start)
    }
    guard let window = TimeSpan(text), !text.isNumber else {
      throw problem(.invalidCriterion, "after `for` stands a duration with its unit, such as 2m", from: durationStart, to: position)
    }
    guard Self.windows.contains(window) else {
      throw problem(
        .outOfRange, "a window is \(Self.windows.lowerBound) to \(Self.windows.upperBound)", from: durationStart, to: position)
    }
    if let (_, extra) = word() {
      throw problem(.invalidCriterion, "nothing may stand after the duration", from: extra)
    }
    return window
  }
}

extension StringProtocol {
  /// Digits, perhaps with a fraction.
  fileprivate var isNumber: Bool {
    let parts = split(separator: ".", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && parts.allSatisfy { $0.count <= 9 && String($0).isDecimal }
  }
}
