import SlipwayModel

/// What commands say in a place where nothing was deployed yet: those that look say it as their result, those that would change
/// something refuse with it.
enum NothingDeployed {
  static let sentence = "nothing was deployed here yet; `slipway deploy --version v1` does that"

  /// For what was asked for, which may be less than everything.
  static func sentence(_ selection: SelectionOptions) -> String {
    let wanted = [selection.service.map { "of \($0)" }, selection.environment.map { "in \($0)" }].compactMap { $0 }
    return wanted.isEmpty ? sentence : "nothing \(wanted.joined(separator: " ")) was deployed here yet"
  }

  static func error(stateFolder: String) -> SlipwayError {
    SlipwayError(
      .nothingDeployed, .refused, "nothing was deployed here yet: there is no journal in \(stateFolder)",
      remedy: "`slipway deploy --version v1` deploys something; --file or --state names another place")
  }
}

extension SlipwayError.Code {
  static let nothingDeployed = SlipwayError.Code("nothing-deployed")
}
