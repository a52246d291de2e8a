import SlipwayConfig
import SlipwayModel
import Testing

@Suite("slipway init writes a file for the folder it stands in")
struct ScaffoldTests {
  /// What a folder holds, and what the service in it comes to.
  struct Folder: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let facts: FolderFacts
    let build: String?
    let artifact: String
    let run: String
  }

  static let folders: [Folder] = [
    Folder(
      testDescription: "a Swift package",
      facts: FolderFacts(
        name: "My Service", files: ["Package.swift", "README.md"], folders: ["Sources"],
        contents: ["Package.swift": "let package = Package(name: \"x\", targets: [.executableTarget(name: \"Answer\")])"]),
      build: "swift build -c release --static-swift-stdlib --product Answer", artifact: ".build/release/Answer", run: "./Answer"),
    Folder(
      testDescription: "a Rust crate",
      facts: FolderFacts(name: "r", files: ["Cargo.toml"], contents: ["Cargo.toml": "[package]\nname = \"ranker\"\n"]),
      build: "cargo build --release", artifact: "target/release/ranker", run: "./ranker"),
    Folder(
      testDescription: "a Go module",
      facts: FolderFacts(name: "g", files: ["go.mod", "main.go"], contents: ["go.mod": "module example.com/team/gate\n\ngo 1.22\n"]),
      build: "go build -o dist/gate .", artifact: "dist/gate", run: "./gate"),
    Folder(
      testDescription: "a Node.js package",
      facts: FolderFacts(
        name: "web", files: ["package.json", "package-lock.json", "server.js", "Dockerfile"], folders: ["node_modules", "lib", ".git"],
        contents: [
          "package.json": #"{"scripts": {"build": "tsc", "start": "node server.js"}}"#, "Dockerfile": "FROM node\nEXPOSE 3000/tcp\n",
        ]),
      build:
        "npm ci && npm run build && rm -rf release && mkdir release"
        + " && cp -R lib package-lock.json package.json server.js node_modules release/",
      artifact: "release", run: "exec node server.js"),
    Folder(
      testDescription: "a FastAPI program",
      facts: FolderFacts(
        name: "eval", files: ["requirements.txt", "main.py"], folders: ["app"], contents: ["requirements.txt": "fastapi\nuvicorn\n"]),
      build: "rm -rf release && mkdir release && cp -R app main.py requirements.txt release/"
        + " && python3 -m pip install --quiet --target release/vendor -r requirements.txt",
      artifact: "release", run: "PYTHONPATH=vendor exec python3 -m uvicorn main:app --host 127.0.0.1 --port $PORT"),
    Folder(
      testDescription: "a Python project", facts: FolderFacts(name: "p", files: ["pyproject.toml", "server.py"]),
      build: "rm -rf release && mkdir release && cp -R pyproject.toml server.py release/"
        + " && python3 -m pip install --quiet --target release/vendor .",
      artifact: "release", run: "PYTHONPATH=vendor exec python3 server.py"),
    Folder(
      testDescription: "a Makefile", facts: FolderFacts(name: "tool", files: ["Makefile", "main.c"]), build: "make",
      artifact: "bin/tool", run: "./tool"),
    Folder(
      testDescription: "a program", facts: FolderFacts(name: "tool", files: ["serve", "notes.txt"], executables: ["serve"]), build: nil,
      artifact: "serve", run: "./serve"),
    Folder(
      testDescription: "nothing that is known", facts: FolderFacts(name: "日本", files: ["a b'c\n.txt"]), build: nil,
      artifact: "bin/my-service", run: "./my-service"),
    Folder(
      testDescription: "names that are not safe in a command",
      facts: FolderFacts(
        name: "--X: \"y\"--", files: ["Package.swift", "$(rm)", "a;b"], executables: ["$(rm)"],
        contents: ["Package.swift": "name: \"$(reboot)\""]), build: "swift build -c release --static-swift-stdlib --product x-y",
      artifact: ".build/release/x-y", run: "./x-y"),
  ]

  @Test("The file loads without a word, and says how to build and start the service", arguments: folders)
  func loads(folder: Folder) throws {
    let text = Scaffold.text(for: folder.facts)
    let file = ConfigurationFile(text: text, file: "slipway.yaml")
    #expect(file.report == "")
    let project = try #require(file.project)
    let service = try #require(project.environments.first?.services.first)
    #expect(service.build == folder.build)
    #expect(service.artifact == folder.artifact)
    #expect(service.run == folder.run)
    #expect(project.environments.map(\.unsupported) == [[]])
  }

  @Test("What is commented out in it loads too, put in place of what it replaces")
  func alternative() throws {
    let lines = Scaffold.text(for: FolderFacts(name: "demo", files: [])).split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("  blue_green:") })
    let commented = lines[start...].filter { $0.hasPrefix("  # canary:") || $0.hasPrefix("  #   ") }.map {
      "  " + $0.dropFirst(4)
    }
    let rest = try #require(lines.firstIndex(of: "rollback:"))
    let text = (lines[..<start] + commented + lines[rest...]).joined(separator: "\n")
    let file = ConfigurationFile(text: text, file: "slipway.yaml")
    #expect(file.report == "")
    #expect(file.project?.environments.first?.strategy.name == "canary")
  }

  @Test("A Dockerfile's port and a line for its image are taken over")
  func dockerfile() {
    let facts = FolderFacts(name: "web", files: ["Dockerfile"], contents: ["Dockerfile": "EXPOSE 3000/tcp"])
    let text = Scaffold.text(for: facts)
    #expect(text.contains("    port: 3000  # inside the container\n    # image: registry.example.com/web  #"))
  }
}
