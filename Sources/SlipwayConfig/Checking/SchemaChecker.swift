import SlipwayModel

/// Something that the file states and this version does not do.
struct Unhonoured: Hashable {
  /// From the top of the file: `environments.production.approvals`.
  let path: [String]
}

/// Checks a tree against the key tables, before overrides are merged: every key known, every value of its kind and
/// within its bounds. What concerns several keys together is left to the readers.
struct SchemaChecker {
  let source: SourceText
  let sink: DiagnosticSink
  private(set) var unhonoured: [Unhonoured] = []

  /// Names of readings that a source anywhere in the file has, besides the keys that criteria may have anyway.
  private let readings: [String]

  init(source: SourceText, sink: DiagnosticSink, readings: [String] = []) {
    self.source = source
    self.sink = sink
    self.readings = readings
  }

  /// Checks a mapping whose keys are known.
  mutating func check(_ entries: [Entry], in scope: Scope, path: [String] = []) {
    for entry in entries where !sink.isFull {
      guard let key = scope.key(entry.key) else {
        // At the top, `x-…` holds what anchors are put on, as in Compose files.
        if scope == .root, entry.key.hasPrefix("x-") { continue }
        if let key = namedKey(entry.key, in: scope) {
          check(entry, key: key, path: path + [entry.key])
          continue
        }
        reportUnknown(entry, in: scope)
        continue
      }
      check(entry, key: key, path: path + [entry.key])
    }
  }

  /// The key that the author's own name for a reading is: of a query, or of a criterion about what some source reads.
  private func namedKey(_ name: String, in scope: Scope) -> Key? {
    if scope == .queries {
      // What is nearly the word for a count is a slip, and not the name of a reading.
      let isSlip = scope.keys.contains { Suggestion.distance(from: Array($0.name.utf8), to: Array(name.utf8)) <= 2 }
      guard Metric(rawValue: name)?.readingName != nil, !isSlip else { return nil }
      return Key(name, .text(.template), example: #""sum(queue_depth{slot='{{slot}}'})""#, "")
    }
    guard readings.contains(name) else { return nil }
    if scope == .success { return Key(name, .criteria(.success), example: #""<100""#, "") }
    if scope == .scoreMetrics { return Key(name, .weighted, example: #""<100""#, "") }
    return scope == .triggers ? Key(name, .criteria(.trigger), example: #"">100 for 2m""#, "") : nil
  }

  private mutating func check(_ entry: Entry, key: Key, path: [String]) {
    if entry.value.isNull {
      // Also without a value it is written down.
      if case .none = key.support { noteSupport(of: key, entry: entry, path: path) } else { reportEmpty(entry, key: key) }
      return
    }
    let errors = sink.errorCount
    check(entry.value, as: key.kind, key: key, entry: entry, path: path)
    if sink.errorCount == errors { noteSupport(of: key, entry: entry, path: path) }
  }

  private mutating func noteSupport(of key: Key, entry: Entry, path: [String]) {
    var stated = "`\(key.name)`"
    switch key.support {
    case .full: return
    case .none: break
    case .only(let values):
      guard let scalar = entry.value.scalar, !values.contains(scalar.text) else { return }
      stated = "`\(key.name): \(scalar.shown)`"
    }
    unhonoured.append(Unhonoured(path: path))
    let scope = path.first == "environments" && path.count > 2 ? "to `\(path[1])`" : "to any environment"
    sink.warning(
      .notHonoured, at: entry.place, "this version can't do what \(stated) asks for, and refuses deployments \(scope) while it is there",
      remedy: "remove it to deploy with this version; what is written down is never skipped silently")
  }

  private mutating func check(_ node: Node, as kind: Kind, key: Key, entry: Entry, path: [String]) {
    if case .unknown = node.content { return }
    switch kind {
    case .anything: return
    case .section(let scope):
      guard let entries = node.entries else { return reportType(of: node, kind: kind, key: key, entry: entry) }
      check(entries, in: scope, path: path)
    case .table(let element, let form, let limit):
      guard let entries = node.entries else { return reportType(of: node, kind: kind, key: key, entry: entry) }
      checkCount(entries.count, limit: limit, key: key, entry: entry)
      for inner in entries.prefix(limit) { check(inner, as: element, named: form, key: key, path: path + [inner.key]) }
    case .list(let element, let limit):
      guard let items = node.items else { return reportType(of: node, kind: kind, key: key, entry: entry) }
      checkCount(items.count, limit: limit, key: key, entry: entry)
      for item in items.prefix(limit) { check(item, as: element, key: key, entry: entry, path: path) }
    case .either(let first, let second):
      let isSimple = node.scalar != nil
      let takesList = if case .list = second { true } else { false }
      guard isSimple || node.entries != nil || takesList && node.items != nil else {
        return reportType(of: node, kind: kind, key: key, entry: entry)
      }
      check(node, as: isSimple ? first : second, key: key, entry: entry, path: path)
    case .criteria(let role):
      checkCriteria(node, role: role, key: key, entry: entry, path: path)
    case .weighted:
      checkWeighted(node, key: key, entry: entry, path: path)
    case .text, .flag, .integer, .number, .duration, .percentage, .amount, .choice, .comparison:
      guard let scalar = node.scalar else { return reportType(of: node, kind: kind, key: key, entry: entry) }
      checkScalar(scalar, at: node.place, as: kind, key: key)
    }
  }

  /// One entry of a mapping whose keys the author chose.
  private mutating func check(_ entry: Entry, as kind: Kind, named form: TextForm, key: Key, path: [String]) {
    if let problem = form.problem(with: entry.key) {
      sink.error(
        .invalidValue, at: entry.place, "`\(entry.key)` \(problem)", remedy: "choose another name under `\(key.name)`")
    }
    if entry.value.isNull {
      guard !kind.mayBeEmpty else { return }
      sink.error(
        .missingValue, at: entry.place, "`\(entry.key)` has no value", remedy: "give it one, or \"\" for an empty text, or remove the key")
      return
    }
    check(entry.value, as: kind, key: Key(entry.key, kind, example: Self.example(of: key), ""), entry: entry, path: path)
  }

  private static func example(of key: Key) -> String {
    switch key.name {
    case "services": "{ artifact: dist, run: ./api }"
    case "environments": "{ listen: 127.0.0.1:8000 }"
    case "listen": "127.0.0.1:8000"
    case "readings": "/queue/depth"
    case "headers_env": "METRICS_KEY"
    default: "info"
    }
  }

  private func checkCount(_ count: Int, limit: Int, key: Key, entry: Entry) {
    guard count > limit else { return }
    sink.error(
      .outOfRange, at: entry.place, "`\(key.name)` has \(count) entries, more than the \(limit) that are allowed",
      remedy: "split the project into several files")
  }

  // MARK: Criteria

  private mutating func checkCriteria(_ node: Node, role: CriterionRole, key: Key, entry: Entry, path: [String]) {
    if let items = node.items { checkCount(items.count, limit: 20, key: key, entry: entry) }
    for item in (node.items ?? [node]).prefix(20) {
      if let entries = item.entries {
        check(entries, in: .streak, path: path)
        if let threshold = item["threshold"] { checkCriterion(threshold, role: role, key: key) }
      } else if item.scalar == nil {
        reportType(of: item, kind: key.kind, key: key, entry: entry)
      } else {
        checkCriterion(item, role: role, key: key, mayCompare: role == .success)
      }
    }
  }

  private mutating func checkWeighted(_ node: Node, key: Key, entry: Entry, path: [String]) {
    if let entries = node.entries {
      check(entries, in: .scorePart, path: path)
      if let criterion = node["criterion"] { checkCriterion(criterion, role: .success, key: key) }
    } else if node.scalar == nil {
      reportType(of: node, kind: key.kind, key: key, entry: entry)
    } else {
      checkCriterion(node, role: .success, key: key)
    }
  }

  private func checkCriterion(_ node: Node, role: CriterionRole, key: Key, mayCompare: Bool = false) {
    guard let scalar = node.scalar, let metric = Metric(rawValue: key.name) else { return }
    if mayCompare, metric == .errorRate, ComparisonReader.isPhrase(scalar.text) { return }
    do throws(CriterionProblem) {
      _ = try CriterionText.parse(scalar.text, metric: metric, role: role)
    } catch {
      sink.error(error.code, at: place(in: node, scalar: scalar, error), error.message, remedy: error.remedy)
    }
  }

  /// The part of the scalar that a problem is about, if the source has the text as it is.
  private func place(in node: Node, scalar: Scalar, _ problem: CriterionProblem) -> Place {
    let start = source.offset(line: node.place.line, column: node.place.column)
    guard !scalar.isInterpolated, let range = source.keyRange(at: start, name: scalar.shown), problem.offset < range.count else {
      return node.place
    }
    return source.place(at: range.lowerBound + problem.offset, length: min(problem.length, range.count - problem.offset))
  }

  // MARK: Keys and types

  /// What people call a key that has another name in some places.
  private static let otherNames = ["bake": "keep_previous", "bake_time": "keep_previous", "keep_previous": "bake"]

  private func reportUnknown(_ entry: Entry, in scope: Scope) {
    let names = scope.keys.map(\.name) + ([.success, .triggers, .scoreMetrics].contains(scope) ? readings : [])
    let remedy: String
    if let name = Self.otherNames[entry.key], names.contains(name) {
      remedy = "it is called `\(name)` here"
    } else if let suggestion = Suggestion.nearest(to: entry.key, in: names) {
      remedy = "did you mean `\(suggestion)`?"
    } else if scope == .queries {
      remedy = "besides \(names.joined(separator: ", ")) a query has the name of a reading: a-z, 0-9 and _, and no metric's"
    } else if let home = scope.siblings.first(where: { $0 != scope && $0.key(entry.key) != nil }) {
      remedy = "`\(entry.key)` belongs under \(home.path)"
    } else {
      remedy = "the keys here are: " + names.joined(separator: ", ")
    }
    sink.error(.unknownKey, at: entry.place, "`\(entry.key)` is not a key of \(scope.phrase)", remedy: remedy)
  }

  private func reportEmpty(_ entry: Entry, key: Key) {
    // What every file needs is asked for where it is read, and a strategy's name alone chooses it.
    if key.kind.mayBeEmpty, key.isRequired || Scope.strategy.key(key.name) != nil { return }
    if key.kind.mayBeEmpty {
      sink.warning(
        .emptyValue, at: entry.place, "nothing stands under `\(key.name)`, so it sets nothing", remedy: "remove the key, or fill it")
    } else {
      sink.error(
        .missingValue, at: entry.place, "`\(key.name)` has no value",
        remedy: "write for example `\(key.name): \(key.example)`, or remove the key")
    }
  }

  private func reportType(of node: Node, kind: Kind, key: Key, entry: Entry) {
    let found =
      switch node.content {
      case .scalar(let scalar): "`\(scalar.shown.abbreviated)`"
      case .mapping: "a mapping"
      case .sequence: "a list"
      case .null, .unknown: "nothing"
      }
    sink.error(
      .wrongType, at: node.scalar == nil ? entry.place : node.place, "`\(key.name)` takes \(kind.words), not \(found)",
      remedy: "write for example `\(key.name): \(key.example)`")
  }

  // MARK: Scalars

  private func checkScalar(_ scalar: Scalar, at place: Place, as kind: Kind, key: Key) {
    let shown = scalar.shown.abbreviated
    let example = "write for example `\(key.name): \(key.example)`"
    func wrongType() {
      let isOnlyQuoted = scalar.isQuoted && (scalar.unquoted.integer != nil || scalar.unquoted.flag != nil)
      let found = isOnlyQuoted ? "text in quotes" : "`\(shown)`"
      sink.error(
        .wrongType, at: place, "`\(key.name)` takes \(kind.words), not \(found)", remedy: isOnlyQuoted ? "remove the quotes" : example)
    }
    func outOfRange(_ range: String) {
      sink.error(.outOfRange, at: place, "`\(key.name)` is `\(shown)`, outside of \(range)", remedy: "choose a value from \(range)")
    }
    switch kind {
    case .text(let form):
      guard let problem = form.problem(with: scalar.text) else { return }
      let subject = scalar.text.isEmpty && !scalar.isInterpolated ? "`\(key.name)`" : "`\(shown)`"
      sink.error(.invalidValue, at: place, "\(subject) \(problem)", remedy: example)
    case .flag:
      if scalar.flag == nil { wrongType() }
    case .integer(let range):
      guard let number = scalar.integer else { return wrongType() }
      if !range.contains(number) { outOfRange("\(range.lowerBound) to \(range.upperBound)") }
    case .number(let range):
      guard let number = scalar.number else { return wrongType() }
      if !range.contains(number) { outOfRange(range.words) }
    case .duration(let range):
      guard let span = TimeSpan(scalar.text) else { return wrongType() }
      if !range.contains(span) { outOfRange("\(range.lowerBound) to \(range.upperBound)") }
    case .percentage(let range):
      checkPercentage(scalar, at: place, range: range, key: key)
    case .amount:
      if ReplicaAmount(configuration: scalar.text) == nil { wrongType() }
    case .choice(let words):
      guard !words.contains(scalar.text) else { return }
      let suggestion = scalar.isInterpolated ? nil : Suggestion.nearest(to: scalar.text, in: words)
      sink.error(
        .invalidValue, at: place, "`\(key.name)` takes \(kind.words), not `\(shown)`",
        remedy: suggestion.map { "did you mean `\($0)`?" } ?? example)
    case .comparison:
      switch ComparisonReader.tolerance(in: scalar.text) {
      case .nothing, .upTo: return
      case .unreadable:
        sink.error(.invalidCriterion, at: place, ComparisonReader.unreadable.message, remedy: ComparisonReader.unreadable.remedy)
      case nil: sink.error(.invalidValue, at: place, "`\(key.name)` takes \(kind.words), not `\(shown)`", remedy: example)
      }
    case .criteria, .weighted, .section, .table, .list, .either, .anything: return
    }
  }

  private func checkPercentage(_ scalar: Scalar, at place: Place, range: ClosedRange<Percentage>, key: Key) {
    let shown = scalar.shown.abbreviated
    guard let share = Percentage(configuration: scalar.text) else {
      sink.error(
        .wrongType, at: place, "`\(key.name)` takes a percentage from 0 to 100 with at most two decimals, not `\(shown)`",
        remedy: "write for example `\(key.name): \(key.example)`")
      return
    }
    if !range.contains(share) {
      let words = "\(range.lowerBound) to \(range.upperBound)"
      sink.error(.outOfRange, at: place, "`\(key.name)` is `\(shown)`, outside of \(words)", remedy: "choose a value from \(words)")
    } else if share > .zero, share < Percentage(basisPoints: 100) ?? .zero, scalar.text.last != "%" {
      sink.warning(
        .smallPercentage, at: place, "`\(shown)` is less than one percent here, not a ratio",
        remedy: "write the sign if it is meant: \(shown)%")
    }
  }
}

extension Scalar {
  /// The same text as it would be read without quotes.
  fileprivate var unquoted: Scalar { Scalar(text: text, shown: shown, isQuoted: false) }

  /// A whole number in decimal digits; `nil` for anything else and for text in quotes.
  var integer: Int? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
    return !isQuoted && digits.isDecimal ? Int(text) : nil
  }

  /// A decimal number without an exponent; `nil` for anything else and for text in quotes.
  var number: Double? {
    guard !isQuoted, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 0x2E || $0 == 0x2D }) else { return nil }
    return Double(text)
  }

  /// `true` or `false` as YAML 1.2 writes them.
  var flag: Bool? {
    switch text {
    case "true", "True", "TRUE": isQuoted ? nil : true
    case "false", "False", "FALSE": isQuoted ? nil : false
    default: nil
    }
  }
}

extension String {
  /// At most 60 characters on one line and without control characters, for messages.
  var abbreviated: String {
    let line = split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let shown = String(line.prefix(60).unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 })
    return line.count < count || line.count > 60 ? shown + "…" : shown
  }
}
