import SlipwayModel

extension Kind {
  /// What a key of this kind takes, for "takes …" in messages and for the tables of the documentation.
  package var words: String {
    switch self {
    case .text(let form): form.words
    case .flag: "`true` or `false`"
    case .integer: "a whole number"
    case .number: "a number"
    case .duration: "a duration"
    case .percentage: "a percentage"
    case .amount: "a number of replicas or a percentage"
    case .choice(let words): "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
    case .criteria: "a criterion, or a list of criteria"
    case .comparison: "`\(ComparisonReader.phrase)`"
    case .weighted: "a criterion, or a mapping with its weight"
    case .section: "a mapping"
    case .table: "a mapping"
    case .list(let kind, _): "a list of \(kind.plural)"
    case .either(let first, let second): "\(first.words), or \(second.words)"
    case .anything: "anything"
    }
  }

  private var plural: String {
    switch self {
    case .section: "mappings"
    case .text(.name): "names"
    default: "texts"
    }
  }

  /// The smallest and largest value, for the documentation; empty without bounds.
  package var bounds: String {
    switch self {
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .number(let range): range.words
    case .duration(let range): "`\(range.lowerBound)` to `\(range.upperBound)`"
    case .percentage(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .amount: "0 to 1000, 0% to 100%"
    case .list(_, let limit): "up to \(limit)"
    case .table(_, _, let limit): "up to \(limit)"
    case .either(let first, let second): [first.bounds, second.bounds].filter { !$0.isEmpty }.joined(separator: "; ")
    case .text, .flag, .choice, .criteria, .weighted, .comparison, .section, .anything: ""
    }
  }

  /// Whether nothing under the key may stand for "no settings here".
  var mayBeEmpty: Bool {
    switch self {
    case .section, .table, .list, .anything: true
    case .either(let first, let second): first.mayBeEmpty || second.mayBeEmpty
    case .text, .flag, .integer, .number, .duration, .percentage, .amount, .choice, .criteria, .weighted, .comparison: false
    }
  }
}

extension ClosedRange<Double> {
  /// `0.1 to 1000`: whole numbers without a fraction.
  var words: String {
    func text(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
    return "\(text(lowerBound)) to \(text(upperBound))"
  }
}

extension TextForm {
  var words: String {
    switch self {
    case .free, .filled: "text"
    case .name: "a name"
    case .variable: "the name of a variable"
    case .path: "a path"
    case .file: "a file or folder"
    case .image: "an image"
    case .cpu: "an amount of processor time"
    case .memory: "an amount of memory"
    case .url: "a URL"
    case .token: "the name of a header or cookie"
    case .address: "an address"
    case .reading: "the name of a reading"
    case .template: "a text with placeholders"
    case .urlTemplate: "a URL with placeholders"
    case .pointer: "a JSON pointer"
    }
  }

  /// What is wrong with a text, to be put after "`…`"; `nil` when nothing is.
  func problem(with text: String) -> String? {
    if text.utf8.contains(0) { return "holds a zero byte" }
    if self == .free { return nil }
    if text.isEmpty { return "is empty" }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }) {
      return "holds a control character"
    }
    switch self {
    case .free, .filled: return nil
    case .name: return Name(text) == nil ? "is not a name: 1 to 63 characters of a-z, 0-9 and -, not - at the ends" : nil
    case .variable: return Self.variableProblem(text)
    case .path:
      let isPath = text.utf8.first == UInt8(ascii: "/") && text.utf8.count <= 2048 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
      return isPath ? nil : "is not a path: it begins with / and has no spaces"
    case .file: return text.utf8.count <= 4096 ? nil : "is too long for a path"
    case .image: return Self.imageProblem(text)
    case .cpu: return Self.isQuantity(text, units: ["", "m"]) ? nil : "is not an amount of processor time such as 500m or 2"
    case .memory:
      let units = ["", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"]
      return Self.isQuantity(text, units: units) ? nil : "is not an amount of memory such as 512Mi or 1Gi"
    case .url:
      let isURL = (text.hasPrefix("https://") && text.count > 8) || (text.hasPrefix("http://") && text.count > 7)
      return isURL && !text.contains(" ") ? nil : "is not a URL that begins with https:// or http://"
    case .token:
      let isToken = text.utf8.allSatisfy { Self.isTokenByte($0) }
      return isToken ? nil : "is not the name of a header or cookie"
    case .address: return Self.isAddress(text) ? nil : "is not an address such as 127.0.0.1:8000"
    case .reading: return Self.readingProblem(text)
    case .template: return Self.templateProblem(text)
    case .urlTemplate: return TextForm.url.problem(with: text) ?? Self.templateProblem(text)
    case .pointer: return text.hasPrefix("/") ? Self.templateProblem(text) : "is not a JSON pointer: it begins with /"
    }
  }

  private static func variableProblem(_ text: String) -> String? {
    let isName = text.utf8.enumerated().allSatisfy { index, byte in
      byte == 0x5F || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (index > 0 && (0x30...0x39).contains(byte))
    }
    if !isName { return "is not the name of a variable: letters, digits and _, not beginning with a digit" }
    return text == "PORT" ? "is chosen by Slipway for each replica" : nil
  }

  private static func readingProblem(_ text: String) -> String? {
    guard let metric = Metric(rawValue: text) else {
      return "is not the name of a reading: 1 to 63 characters of a-z, 0-9 and _, beginning with a letter"
    }
    return metric.readingName == nil ? "is what requests and response times give, and can't be read elsewhere" : nil
  }

  private static func templateProblem(_ text: String) -> String? {
    guard let names = MetricTemplate(text).names else { return "has a `{{` without its `}}`" }
    let known = MetricPlaceholder.allCases.map(\.rawValue)
    guard let unknown = names.first(where: { !known.contains($0) }) else { return nil }
    let suggestion = Suggestion.nearest(to: unknown, in: known).map { "; did you mean {{\($0)}}?" } ?? ""
    let list = known.map { "{{\($0)}}" }.joined(separator: ", ")
    return "has the placeholder {{\(unknown)}}, and there is none of that name\(suggestion.isEmpty ? "; there are \(list)" : suggestion)"
  }

  private static func imageProblem(_ text: String) -> String? {
    if text.contains(" ") { return "is not an image" }
    let last = text.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    return last.contains(":") || last.contains("@") || last.isEmpty ? "has a tag or digest, which the release's version stands for" : nil
  }

  private static func isQuantity(_ text: String, units: [String]) -> Bool {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && parts.allSatisfy { $0.isDecimal && $0.count <= 15 }
      && units.contains(String(text.dropFirst(number.count)))
  }

  /// RFC 9110, section 5.6.2, `tchar`.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }

  private static func isAddress(_ text: String) -> Bool {
    guard ListenAddress(text) != nil, let colon = text.lastIndex(of: ":"), text[text.index(after: colon)...].isDecimal else { return false }
    return text[..<colon].utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || ".-:[]".utf8.contains($0)
    }
  }
}
