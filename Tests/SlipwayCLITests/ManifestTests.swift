import Foundation
import Testing

@Suite("The program with a base of manifests", .timeLimit(.minutes(2)))
struct ManifestTests {
  private static let file = """
    project: demo
    services:
      api:
        image: example.com/api
        port: 8000
        env: { MODE: slow }
    environments:
      production: { target: kubernetes, namespace: shop, cluster: { manifests: deploy } }
    """

  private static let base = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api}
    spec:
      selector: {matchLabels: {app: api}}
      template:
        metadata: {labels: {app: api}}
        spec:
          containers:
          - {name: api, image: x, ports: [{containerPort: 8000}]}
    ---
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata: {name: web}
    """

  private func write(_ text: String, _ path: String, _ program: Program, executable: Bool = false) throws {
    let url = program.folder.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url, atomically: true, encoding: .utf8)
    if executable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path) }
  }

  @Test("A folder is read, and plan shows its objects and what is not applied")
  func folder() async throws {
    try await Program.with(Self.file) { program in
      try write(Self.base, "deploy/api.yaml", program)
      let plan = try await program.run("plan", "--version", "v1", "--first")
      #expect(plan.status == 0, "\(plan)")
      #expect(plan.output.contains("Manifests: Deployment/api\n"), "\(plan.output)")
      #expect(plan.errors.contains("does not apply these of deploy: Ingress web"), "\(plan.errors)")
    }
  }

  @Test("What contradicts is named with both places")
  func contradiction() async throws {
    try await Program.with(Self.file) { program in
      try write(Self.base.replacingOccurrences(of: "containerPort: 8000", with: "containerPort: 9000"), "deploy/api.yaml", program)
      let result = try await program.run("validate")
      #expect(result.status == 2 && result.errors.contains("[base-contradicts]"), "\(result)")
      #expect(
        result.errors.contains("slipway.yaml:5:5: `port` is 8000, and the container listens at 9000 (deploy/api.yaml:10)"),
        "\(result.errors)")
    }
  }

  @Test("A Kustomize folder is rendered by the user's program; without one the remedy has the command")
  func kustomize() async throws {
    try await Program.with(Self.file) { program in
      try write("resources: [api.yaml]", "deploy/kustomization.yaml", program)
      try write("this is not read", "deploy/api.yaml", program)
      let without = try await program.run(["validate"], environment: ["PATH": "/nowhere"])
      #expect(without.status == 2 && without.errors.contains("[manifests-unreadable]"), "\(without)")
      #expect(without.errors.contains("kubectl kustomize deploy"), "\(without.errors)")
      try write(
        "#!/bin/sh\n[ \"$1\" = build ] && [ -f \"$2/kustomization.yaml\" ] || exit 9\ncat <<'E'\n\(Self.base)\nE\n", "bin/kustomize",
        program,
        executable: true)
      let path = program.folder.appending(path: "bin").path + ":/bin:/usr/bin"
      let with = try await program.run(["plan", "--version", "v1", "--first"], environment: ["PATH": path])
      #expect(with.status == 0 && with.output.contains("Manifests: Deployment/api"), "\(with)")
      try write("#!/bin/sh\nexit 3\n", "bin/kustomize", program, executable: true)
      let failing = try await program.run(["validate"], environment: ["PATH": path])
      #expect(failing.status == 2 && failing.errors.contains("exit status 3"), "\(failing)")
    }
  }

  @Test(
    "What can't be read is said with what to do",
    arguments: [("Chart.yaml", "name: x", "helm template"), ("notes.txt", "x", "has no .yaml")])
  func unreadable(name: String, text: String, words: String) async throws {
    try await Program.with(Self.file) { program in
      try write(text, "deploy/\(name)", program)
      let result = try await program.run("validate")
      #expect(result.status == 2 && result.errors.contains("[manifests-unreadable]") && result.errors.contains(words), "\(result)")
    }
  }
}
