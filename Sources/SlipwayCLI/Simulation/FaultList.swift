import ArgumentParser
import SlipwaySimulation

/// The faults that a simulation is to mix in, as they are given on the command line.
struct FaultList: ExpressibleByArgument {
  /// Empty for none.
  let groups: [FaultGroup]

  /// `none`, `all`, or kinds and families with commas in between; `nil` when a word is none of these.
  init?(argument: String) {
    switch argument {
    case "none": groups = []
    case "all": groups = FaultGroup.all
    case _:
      let words = argument.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
      let found = words.compactMap { word in
        FaultKind.Family(rawValue: word).map { FaultGroup($0) } ?? FaultKind(rawValue: word).map { FaultGroup($0) }
      }
      guard found.count == words.count else { return nil }
      groups = found.reduce(into: []) { groups, group in
        if !groups.contains(group) { groups.append(group) }
      }
    }
  }

  /// For completion; too many for the help.
  static let words =
    ["none", "all"] + FaultKind.Family.allCases.map(\.rawValue) + FaultKind.allCases.map(\.rawValue)
}
