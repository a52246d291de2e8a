import SlipwayModel

/// How a kind of project is built and started.
struct Recipe {
  /// What was recognised, for the comment at the top.
  let kind: String
  /// `nil` when there is nothing to build.
  let build: String?
  let artifact: String
  let run: String
  /// What the author should look at.
  var hints: [String] = []

  /// The first kind that fits; every folder fits the last one.
  static func of(_ facts: FolderFacts) -> Recipe {
    swift(facts) ?? rust(facts) ?? go(facts) ?? node(facts) ?? python(facts) ?? make(facts) ?? program(facts) ?? unknown(facts)
  }

  /// A name as it may stand in a command; others are replaced by the project's.
  private static func safe(_ name: String?, _ facts: FolderFacts) -> String {
    guard let name, !facts.plain([name]).isEmpty else { return facts.projectName.description }
    return name
  }

  // MARK: Compiled

  private static func swift(_ facts: FolderFacts) -> Recipe? {
    guard facts.files.contains("Package.swift") else { return nil }
    let named =
      facts.quoted(after: ".executable(name", in: "Package.swift") ?? facts.quoted(after: ".executableTarget(name", in: "Package.swift")
    let product = safe(named ?? facts.quoted(after: "name", in: "Package.swift"), facts)
    return Recipe(
      kind: "a Swift package (Package.swift)", build: "swift build -c release --static-swift-stdlib --product \(product)",
      artifact: ".build/release/\(product)", run: "./\(product)", hints: named == nil ? ["check the product's name"] : [])
  }

  private static func rust(_ facts: FolderFacts) -> Recipe? {
    guard facts.files.contains("Cargo.toml") else { return nil }
    let name = safe(facts.quoted(after: "name", in: "Cargo.toml"), facts)
    return Recipe(
      kind: "a Rust crate (Cargo.toml)", build: "cargo build --release", artifact: "target/release/\(name)", run: "./\(name)")
  }

  private static func go(_ facts: FolderFacts) -> Recipe? {
    guard facts.files.contains("go.mod") else { return nil }
    let module = facts.words(ofLineBeginning: "module", in: "go.mod").first
    let name = safe(module?.split(separator: "/").last.map(String.init), facts)
    let hasCommands = facts.folders.contains("cmd") && !facts.files.contains("main.go")
    return Recipe(
      kind: "a Go module (go.mod)", build: "go build -o dist/\(name) \(hasCommands ? "./cmd/\(name)" : ".")", artifact: "dist/\(name)",
      run: "./\(name)", hints: hasCommands ? ["check which command under cmd/ is the service"] : [])
  }

  // MARK: Interpreted: what the service needs is collected in the folder `release`

  private static let leftOut: Set<String> = [
    "release", "node_modules", "tests", "test", "docs", "venv", "__pycache__", "slipway.yaml", "Dockerfile", "Makefile", "README.md",
    "LICENSE",
  ]

  private static func collected(_ facts: FolderFacts, adding extra: [String] = []) -> String {
    let names = facts.plain(facts.files.union(facts.folders).subtracting(leftOut)) + extra
    return "rm -rf release && mkdir release" + (names.isEmpty ? "" : " && cp -R \(names.joined(separator: " ")) release/")
  }

  private static func node(_ facts: FolderFacts) -> Recipe? {
    guard facts.files.contains("package.json") else { return nil }
    let manifest = "package.json"
    let install = facts.files.contains("package-lock.json") ? "npm ci" : "npm install"
    let hasBuild = facts.quoted(after: "\"build\"", in: manifest) != nil
    let hasStart = facts.quoted(after: "\"start\"", in: manifest) != nil
    let entry = facts.quoted(after: "\"main\"", in: manifest) ?? ["server.js", "app.js", "index.js"].first(where: facts.files.contains)
    let parts = [install] + (hasBuild ? ["npm run build"] : []) + [collected(facts, adding: ["node_modules"])]
    // npm does not pass signals on, so the script itself is preferred.
    let main = entry.flatMap { facts.plain([$0]).first }
    return Recipe(
      kind: "a Node.js package (package.json)", build: parts.joined(separator: " && "), artifact: "release",
      run: main.map { "exec node \($0)" } ?? (hasStart ? "exec npm start" : "exec node index.js"),
      hints: main == nil ? ["check which script is the service"] : [])
  }

  private static func python(_ facts: FolderFacts) -> Recipe? {
    let hasRequirements = facts.files.contains("requirements.txt")
    guard hasRequirements || facts.files.contains("pyproject.toml") else { return nil }
    let what = hasRequirements ? "-r requirements.txt" : "."
    let install = "python3 -m pip install --quiet --target release/vendor \(what)"
    let needs = (facts.contents["requirements.txt"] ?? "") + (facts.contents["pyproject.toml"] ?? "")
    let entry = ["main.py", "app.py", "server.py", "api.py"].first(where: facts.files.contains) ?? "main.py"
    let module = String(entry.dropLast(3))
    let run: String
    if needs.contains("uvicorn") || needs.contains("fastapi") {
      run = "PYTHONPATH=vendor exec python3 -m uvicorn \(module):app --host 127.0.0.1 --port $PORT"
    } else if needs.contains("gunicorn") || needs.contains("flask") || needs.contains("Flask") {
      run = "PYTHONPATH=vendor exec python3 -m gunicorn \(module):app --bind 127.0.0.1:$PORT"
    } else {
      run = "PYTHONPATH=vendor exec python3 \(entry)"
    }
    return Recipe(
      kind: hasRequirements ? "a Python program (requirements.txt)" : "a Python project (pyproject.toml)",
      build: "\(collected(facts)) && \(install)", artifact: "release", run: run, hints: ["check the module that holds the service"])
  }

  // MARK: The rest

  private static func make(_ facts: FolderFacts) -> Recipe? {
    guard facts.files.contains("Makefile") else { return nil }
    let name = facts.projectName.description
    return Recipe(
      kind: "a Makefile", build: "make", artifact: "bin/\(name)", run: "./\(name)", hints: ["name the file or folder that `make` makes"])
  }

  private static func program(_ facts: FolderFacts) -> Recipe? {
    guard let program = facts.plain(facts.executables).first else { return nil }
    return Recipe(kind: "the program `\(program)`", build: nil, artifact: program, run: "./\(program)")
  }

  private static func unknown(_ facts: FolderFacts) -> Recipe {
    let name = facts.projectName.description
    return Recipe(
      kind: "no kind of project that Slipway knows", build: nil, artifact: "bin/\(name)", run: "./\(name)",
      hints: ["name the file or folder to deploy, and the command that starts it"])
  }
}
