import Yams

/// Turns what the YAML parser composed into located values: checks keys, follows aliases within limits, applies merge
/// keys (`<<`) and replaces variables.
struct TreeBuilder {
  /// Mappings and lists inside each other.
  static let depthLimit = 32
  /// Values in the file once its aliases are followed.
  static let nodeLimit = 100_000

  private let source: SourceText
  private let sink: DiagnosticSink
  private let overwritten: [Int: String]
  private let interpolation: Interpolation
  private var nodes = 0
  private var hasGivenUp = false

  init(source: SourceText, sink: DiagnosticSink, overwritten: [Int: String], variables: [String: String]) {
    self.source = source
    self.sink = sink
    self.overwritten = overwritten
    self.interpolation = Interpolation(source: source, sink: sink, variables: variables)
  }

  /// `nil` after reporting that the file is too deep or too large to be followed.
  mutating func build(_ root: Yams.Node) -> Node? {
    let node = node(root, depth: 0)
    return hasGivenUp ? nil : node
  }

  private mutating func node(_ node: Yams.Node, depth: Int) -> Node {
    let place = place(of: node)
    guard !hasGivenUp else { return Node(content: .null, place: place) }
    nodes += 1
    guard nodes <= Self.nodeLimit else {
      return giveUp(
        at: place, "the file describes more than \(Self.nodeLimit) values once its aliases are followed",
        remedy: "use fewer aliases inside of what other aliases name")
    }
    guard depth <= Self.depthLimit else {
      return giveUp(
        at: place, "mappings and lists are more than \(Self.depthLimit) levels deep here",
        remedy: "check the brackets and the indentation; no part of the file needs more than 8 levels")
    }
    switch node {
    case .scalar(let scalar): return self.scalar(scalar, at: place)
    case .sequence(let sequence):
      refuseTag(sequence.tag, expected: [.implicit, .seq], at: place)
      return Node(content: .sequence(sequence.map { self.node($0, depth: depth + 1) }), place: place)
    case .mapping(let mapping):
      refuseTag(mapping.tag, expected: [.implicit, .map], at: place)
      return Node(content: .mapping(entries(of: mapping, depth: depth)), place: place)
    case .alias: return Node(content: .null, place: place)
    }
  }

  private mutating func giveUp(at place: Place, _ message: String, remedy: String) -> Node {
    hasGivenUp = true
    sink.error(.yamlTooComplex, at: place, message, remedy: remedy)
    return Node(content: .null, place: place)
  }

  // MARK: Scalars

  private mutating func scalar(_ scalar: Yams.Node.Scalar, at place: Place) -> Node {
    let isQuoted = scalar.style != .plain || scalar.tag.name(isAnyOf: [.str])
    refuseTag(scalar.tag, expected: [.implicit, .str, .int, .float, .bool, .null], at: place)
    let start = scalar.mark.map { source.scalarStart(line: $0.line, column: $0.column) } ?? 0
    guard let text = interpolation.replace(in: scalar.string, at: place, start: start) else {
      return Node(content: .unknown, place: place)
    }
    if !isQuoted, ["", "~", "null", "Null", "NULL"].contains(text) { return Node(content: .null, place: place) }
    return Node(content: .scalar(Scalar(text: text, shown: scalar.string, isQuoted: isQuoted)), place: place)
  }

  private func refuseTag(_ tag: Tag, expected: [Tag.Name], at place: Place) {
    if tag.name(isAnyOf: expected) { return }
    sink.error(
      .yamlUnsupported, at: place, "the tag `\(tag.description)` has no meaning here",
      remedy: "remove the tag; values are read by the key they stand under")
  }

  private func place(of node: Yams.Node) -> Place {
    guard let mark = node.mark else { return .start }
    let start = source.scalarStart(line: mark.line, column: mark.column)
    if case .scalar(let scalar) = node {
      return source.place(at: start, length: source.scalarLength(at: start, text: scalar.string))
    }
    return source.place(at: start)
  }

  // MARK: Mappings

  private mutating func entries(of mapping: Yams.Node.Mapping, depth: Int) -> [Entry] {
    var explicit: [Entry] = []
    var inherited: [Entry] = []
    var places: [String: Place] = [:]
    for (keyNode, valueNode) in mapping where !hasGivenUp {
      guard let key = key(keyNode) else { continue }
      if let first = places[key.name] {
        sink.error(
          .duplicateKey, at: key.place,
          "`\(key.name)` is given twice in this mapping; first at line \(first.line), column \(first.column)",
          remedy: key.isMerge ? "merge several mappings with one list: <<: [*a, *b]" : "keep one of the two")
        continue
      }
      places[key.name] = key.place
      let value = node(valueNode, depth: depth + 1)
      if key.isMerge {
        inherited = mergedEntries(of: value, key: key.place)
      } else {
        explicit.append(Entry(key: key.name, place: key.place, value: value))
      }
    }
    return explicit + inherited.filter { places[$0.key] == nil }
  }

  /// The entries that `<<` brings in; of two mappings in its list, the first one's entry counts (YAML 1.1, merge type).
  private func mergedEntries(of value: Node, key: Place) -> [Entry] {
    let mappings = value.items ?? [value]
    var taken: Set<String> = []
    return mappings.flatMap { mapping -> [Entry] in
      guard let entries = mapping.entries else {
        sink.error(
          .wrongType, at: key, "`<<` takes a mapping, or a list of mappings, to be merged in here",
          remedy: "name an anchor that stands before a mapping, for example <<: *defaults")
        return []
      }
      return entries.filter { taken.insert($0.key).inserted }
    }
  }

  private func key(_ node: Yams.Node) -> (name: String, place: Place, isMerge: Bool)? {
    let place = place(of: node)
    guard case .scalar(let scalar) = node else {
      sink.error(
        .yamlUnsupported, at: place, "a mapping or a list stands where a key is expected",
        remedy: "write a plain word before the colon; quote a value that begins with { or [")
      return nil
    }
    let start = node.mark.map { source.scalarStart(line: $0.line, column: $0.column) } ?? 0
    let name = overwritten[start] ?? scalar.string
    if name.unicodeScalars.contains("$"), name.contains("${") {
      sink.error(
        .invalidInterpolation, at: place, "variables are replaced in values, not in keys like `\(name)`",
        remedy: "write the key out")
    }
    let length = source.scalarLength(at: start, text: name)
    return (name, source.place(at: start, length: length), name == "<<" && scalar.style == .plain)
  }
}

extension Tag {
  fileprivate func name(isAnyOf names: [Tag.Name]) -> Bool {
    names.contains { $0.rawValue == description }
  }
}
