/// Where in the file an environment is described.
struct EnvironmentSection: Hashable, Sendable {
  let name: String
  /// Of its name.
  private let start: Place
  /// Of what follows it; `nil` when that is the end of the file.
  private let end: Place?

  func contains(_ location: SourceLocation) -> Bool {
    let place = (location.line, location.column)
    return place >= (start.line, start.column) && (end.map { place < ($0.line, $0.column) } ?? true)
  }

  /// - Parameter entries: those of the top of the file.
  static func all(in entries: [Entry]) -> [EnvironmentSection] {
    func ordered(_ entries: [Entry]) -> [Entry] { entries.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) } }
    let top = ordered(entries)
    guard let position = top.firstIndex(where: { $0.key == "environments" }) else { return [] }
    let next = top.dropFirst(position + 1).first?.place
    let environments = ordered(top[position].value.entries ?? [])
    return environments.indices.map { index in
      EnvironmentSection(
        name: environments[index].key, start: environments[index].place,
        end: index + 1 < environments.count ? environments[index + 1].place : next)
    }
  }
}
