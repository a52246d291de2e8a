import SlipwayModel

/// Where the keys of services stand that say how a process runs: for whoever has to name a contradiction with something outside the file.
struct StatedKeys: Sendable {
  private var places: [Name: [Name: [String: SourceLocation]]] = [:]

  init() {}

  init(_ readings: [EnvironmentReading], file: String) {
    for reading in readings {
      for entry in reading.services {
        guard let service = Name(entry.key) else { continue }
        places[reading.spec.name, default: [:]][service] = Self.places(in: entry.value, under: "", file)
      }
    }
  }

  func places(of service: Name, in environment: Name) -> [String: SourceLocation] { places[environment]?[service] ?? [:] }

  private static func places(in node: Node, under path: String, _ file: String) -> [String: SourceLocation] {
    var found: [String: SourceLocation] = [:]
    for entry in node.entries ?? [] {
      let key = path.isEmpty ? entry.key : "\(path).\(entry.key)"
      if entry.value.scalar != nil {
        found[key] = SourceLocation(file: file, line: entry.place.line, column: entry.place.column)
      }
      found.merge(places(in: entry.value, under: key, file)) { $1 }
    }
    return found
  }
}
