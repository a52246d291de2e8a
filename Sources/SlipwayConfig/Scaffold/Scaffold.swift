import SlipwayModel

/// Writes the `slipway.yaml` that `slipway init` leaves in a folder: valid, commented, and fitting what lies there.
package enum Scaffold {
  /// The file's text. It loads without errors and without needing any environment variable.
  package static func text(for facts: FolderFacts) -> String {
    let recipe = Recipe.of(facts)
    let name = facts.projectName.description
    return """
      # How \(name) is deployed. Check this file with `slipway validate`, see what would happen with `slipway plan`.
      # Written for \(recipe.kind).
      project: \(name)

      services:
        \(name):
      \(service(recipe, facts))

      environments:
        local:
          listen: 127.0.0.1:8000          # where the proxy takes requests
          replicas: 1

      strategy:
        blue_green:                       # the new version takes over at once, when it is healthy
          keep_previous: 5m               # so long the previous one stays warm: a rollback is immediate
        # To let it prove itself first, put this in place of blue_green:
        # canary:
        #   stages:
        #     - { traffic: 10%, duration: 5m, success_criteria: { error_rate: "<1%", p95: "<500ms" } }
        #     - { traffic: 50%, duration: 10m, success_criteria: { error_rate: "<1%", p95: "<=1.5x baseline" } }

      rollback:
        strategy: immediate
        triggers:                         # any of these brings the previous version back
          error_rate: ">5% for 10s"
          p95: ">2x baseline for 30s"
          health_check_failures: 3

      """
  }

  private static func service(_ recipe: Recipe, _ facts: FolderFacts) -> String {
    var lines = recipe.hints.map { "# To do by you: \($0)." }
    if let build = recipe.build { lines.append("build: \(scalar(build))") }
    lines.append("artifact: \(scalar(recipe.artifact))")
    lines.append("run: \(scalar(recipe.run))  # has to listen at 127.0.0.1:$PORT")
    if facts.files.contains("Dockerfile") {
      if let port = facts.words(ofLineBeginning: "EXPOSE", in: "Dockerfile").first?.prefix(while: \.isNumber),
        let number = Int(port), (1...65_535).contains(number)
      {
        lines.append("port: \(number)  # inside the container")
      }
      lines.append("# image: registry.example.com/\(facts.projectName)  # for the Dockerfile, once you deploy to a cluster")
    }
    lines.append("health:")
    lines.append("  liveness: /health       # answers 200 to 299 while the process works")
    lines.append("  readiness: /health      # and this when it can take traffic")
    lines.append("  startup_timeout: 60s")
    return lines.map { "    " + $0 }.joined(separator: "\n")
  }

  /// A value as YAML: plain where that can't be misread, else in single quotes.
  private static func scalar(_ text: String) -> String {
    let isPlain =
      text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic && $0.isASCII || ("0"..."9").contains($0) || " ./_-$=&".unicodeScalars.contains($0)
      } && text.first?.isLetter ?? false || text.hasPrefix("./") || text.hasPrefix(".build/")
    return isPlain && !text.contains(" #") && !text.contains(": ")
      ? text : "'" + text.map { $0 == "'" ? "''" : String($0) }.joined() + "'"
  }
}
