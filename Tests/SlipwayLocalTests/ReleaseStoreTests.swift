import Foundation
import SlipwayModel
import SlipwayPorts
import Testing

@testable import SlipwayLocal

@Suite("Release store")
struct ReleaseStoreTests {
  let key = DeploymentKey(service: Name("api")!, environment: Name("local")!)
  let v1 = Version("v1")!

  private func request(_ folder: String, _ artifact: String, build: String? = nil, version: Version? = nil) -> PrepareRequest {
    PrepareRequest(key: key, version: version ?? v1, folder: folder, build: build, artifact: artifact)
  }

  @Test("A folder is copied with its executables and links, read-only, and its digest is that of the copy")
  func copies() async throws {
    try await withFolder { folder in
      try put("#!/bin/sh\n", at: folder + "/dist/bin/api", executable: true)
      try put("hello", at: folder + "/dist/data.txt")
      #expect(symlink("bin/api", folder + "/dist/api") == 0)
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      let digest = try await store.prepare(request(folder, "dist"), rollout: "r1")
      let files = store.files(of: key.service, v1)
      let found = try ArtifactDigest.entries(of: files).map { "\($0.kind.rawValue) \($0.path)" }
      #expect(found == ["l api", "d bin", "x bin/api", "f data.txt"])
      #expect(try FileStatus(files + "/bin/api")?.mode == 0o555)
      #expect(try FileStatus(files + "/data.txt")?.mode == 0o444)
      #expect(try FileStatus(files)?.mode == 0o555)
      #expect(try ArtifactDigest.digest(of: files) == digest)
      #expect(try await store.verify(key.service, v1, digest) == files)
    }
  }

  @Test("The digest is SHA-256 over the sorted entries as the documentation says")
  func digest() async throws {
    try await withFolder { folder in
      try put("b", at: folder + "/z/b.txt")
      try put("a", at: folder + "/a", executable: true)
      #expect(symlink("a", folder + "/l") == 0)
      func hash(_ text: String) -> String { Digest(hashing: text.utf8).hexadecimal }
      let lines = "slipway-artifact-1\nx 1:a \(hash("a"))\nl 1:l \(hash("a"))\nd 1:z -\nf 7:z/b.txt \(hash("b"))\n"
      #expect(try ArtifactDigest.digest(of: folder) == Digest(hashing: lines.utf8))
    }
  }

  @Test("The digest changes with content, name, executable bit and link target, and not with time")
  func digestChanges() async throws {
    try await withFolder { folder in
      func make(_ name: String, content: String = "x", file: String = "f", executable: Bool = false, link: String = "f") throws -> Digest {
        try put(content, at: "\(folder)/\(name)/\(file)", executable: executable)
        #expect(symlink(link, "\(folder)/\(name)/l") == 0)
        return try ArtifactDigest.digest(of: "\(folder)/\(name)")
      }
      let base = try make("base")
      let others = [
        try make("1", content: "y"), try make("2", file: "g"), try make("3", executable: true), try make("4", link: "g"),
      ]
      #expect(Set(others + [base]).count == 5)
      try await Task.sleep(for: .milliseconds(20))
      #expect(try make("same") == base)
    }
  }

  @Test("A single file becomes a folder that holds it")
  func singleFile() async throws {
    try await withFolder { folder in
      try put("#!/bin/sh\n", at: folder + "/out/api", executable: true)
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      _ = try await store.prepare(request(folder, "out/api"), rollout: "r1")
      #expect(try ArtifactDigest.entries(of: store.files(of: key.service, v1)).map(\.path) == ["api"])
    }
  }

  @Test("The same version with the same content is fine, and with other content refused with both digests named")
  func changed() async throws {
    try await withFolder { folder in
      try put("one", at: folder + "/dist/f")
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      let first = try await store.prepare(request(folder, "dist"), rollout: "r1")
      #expect(try await store.prepare(request(folder, "dist"), rollout: "r2") == first)
      try put("two", at: folder + "/dist/f")
      let second = try ArtifactDigest.digest(of: folder + "/dist")
      let error = await #expect(throws: SlipwayError.self) { try await store.prepare(request(folder, "dist"), rollout: "r3") }
      #expect(error?.code.rawValue == "release-changed" && error?.kind == .input)
      #expect(error?.message.contains(first.short) == true && error?.message.contains(second.short) == true)
      #expect(try text(at: store.files(of: key.service, v1) + "/f") == "one")
    }
  }

  @Test("What preparing would refuse is refused beforehand, and nothing is left behind or changed by asking")
  func check() async throws {
    try await withFolder { folder in
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      #expect(try await code { try await store.check(request(folder, "dist")) } == "artifact-missing")
      try await store.check(request(folder, "dist", build: "make dist"))
      try put("one", at: folder + "/dist/f")
      try await store.check(request(folder, "dist"))
      _ = try await store.prepare(request(folder, "dist"), rollout: "r1")
      try await store.check(request(folder, "dist"))
      try put("two", at: folder + "/dist/f")
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder + "/state")
      #expect(try await code { try await store.check(request(folder, "dist")) } == "release-changed")
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder + "/state") == before)
    }
  }

  @Test("Files that were changed after the deployment are noticed before a start")
  func tampered() async throws {
    try await withFolder { folder in
      try put("one", at: folder + "/dist/f")
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      let digest = try await store.prepare(request(folder, "dist"), rollout: "r1")
      let file = store.files(of: key.service, v1) + "/f"
      #expect(chmod(file, 0o644) == 0)
      let handle = try #require(FileHandle(forWritingAtPath: file))
      handle.write(Data("eno".utf8))
      try handle.close()
      #expect(chmod(file, 0o444) == 0)
      #expect(try await code { try await store.verify(key.service, v1, digest) } == "release-tampered")
      #expect(try await code { try await store.verify(key.service, Version("v9")!, digest) } == "release-missing")
    }
  }

  @Test("A missing artifact, an empty folder, a link that leaves it and a pipe in it are refused")
  func refused() async throws {
    try await withFolder { folder in
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      try Files.makeFolder(folder + "/empty/inner")
      try put("x", at: folder + "/linked/f")
      try put("x", at: folder + "/piped/f")
      try put("x", at: folder + "/hopping/a/f")
      #expect(symlink("../secret", folder + "/linked/l") == 0)
      #expect(mkfifo(folder + "/piped/p", 0o600) == 0)
      #expect(symlink("a", folder + "/hopping/b") == 0)
      #expect(symlink("b/../../empty", folder + "/hopping/c") == 0)
      var codes: [String: String] = [:]
      for name in ["missing", "empty", "linked", "piped", "hopping"] {
        codes[name] = try await code { try await store.prepare(request(folder, name), rollout: "r") }
      }
      #expect(
        codes == [
          "missing": "artifact-missing", "empty": "artifact-empty", "linked": "artifact-link-outside", "piped": "artifact-unsupported",
          "hopping": "artifact-link-outside",
        ])
      #expect(try Files.names(in: folder + "/state/releases/api") == [])
    }
  }

  @Test("An artifact that contains the state folder is copied without it")
  func stateInside() async throws {
    try await withFolder { folder in
      try put("x", at: folder + "/f")
      let store = try ReleaseStore(state: try StateFolder(folder + "/.slipway"))
      _ = try await store.prepare(request(folder, "."), rollout: "r")
      #expect(try ArtifactDigest.entries(of: store.files(of: key.service, v1)).map(\.path) == ["f"])
    }
  }

  @Test("The build command makes the artifact, and runs once for one rollout")
  func build() async throws {
    try await withFolder { folder in
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      let build = "mkdir -p dist && date +%N > dist/f && echo built >> count"
      let first = try await store.prepare(request(folder, "dist", build: build), rollout: "r1")
      #expect(try await store.prepare(request(folder, "dist", build: build), rollout: "r1") == first)
      #expect(try text(at: folder + "/count") == "built\n")
      #expect(try await code { try await store.prepare(request(folder, "dist", build: build), rollout: "r2") } == "release-changed")
    }
  }

  @Test("Two who prepare the same version at once get the same release")
  func concurrent() async throws {
    try await withFolder { folder in
      try put("one", at: folder + "/a/dist/f")
      try put("one", at: folder + "/b/dist/f")
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
        for name in ["a", "b", "a", "b"] {
          let request = request(folder + "/" + name, "dist")
          group.addTask { try await store.prepare(request, rollout: name) }
        }
        return try await group.reduce(into: Set<Digest>()) { $0.insert($1) }
      }
      #expect(digests == [try ArtifactDigest.digest(of: folder + "/a/dist")])
    }
  }

  @Test("A failing build is told with its status and last lines, and stores nothing")
  func buildFails() async throws {
    try await withFolder { folder in
      try put("x", at: folder + "/dist/f")
      let store = try ReleaseStore(state: try StateFolder(folder + "/state"))
      let error = await #expect(throws: SlipwayError.self) {
        try await store.prepare(request(folder, "dist", build: "echo first; echo cannot link >&2; exit 7"), rollout: "r")
      }
      #expect(error?.code.rawValue == "build-failed" && error?.kind == .input)
      #expect(error?.message.contains("exit status 7") == true && error?.message.contains("    cannot link") == true)
      #expect(try text(at: folder + "/state/logs/build-api@v1.log") == "first\ncannot link\n")
      #expect(try FileStatus(store.files(of: key.service, v1)) == nil)
    }
  }

  @Test("What a crash left half copied is removed at the next start")
  func leftovers() async throws {
    try await withFolder { folder in
      let state = try StateFolder(folder + "/state")
      try put("x", at: state.releases + "/api/.partial-v1-17/files/f")
      #expect(chmod(state.releases + "/api/.partial-v1-17/files", 0o555) == 0)
      _ = try ReleaseStore(state: state)
      #expect(try Files.names(in: state.releases + "/api") == [])
    }
  }
}
