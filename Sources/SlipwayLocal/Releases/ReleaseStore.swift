import Glibc
import NIOPosix
import SlipwayModel
import SlipwayPorts

extension SlipwayError.Code {
  static let artifactMissing = Self("artifact-missing")
  static let artifactEmpty = Self("artifact-empty")
  static let artifactUnsupported = Self("artifact-unsupported")
  static let artifactLinkOutside = Self("artifact-link-outside")
  static let releaseChanged = Self("release-changed")
  static let releaseTampered = Self("release-tampered")
  static let releaseMissing = Self("release-missing")
}

/// The immutable folders that processes run from: `<state>/releases/<service>/<version>/files`, with `release.json` beside.
///
/// A release appears by one rename, complete and on the disk, or not at all.
package struct ReleaseStore: Sendable {
  private let state: StateFolder
  private let builds: Turnstile
  private let verified: VerifiedFolders

  /// Also removes what a crash left half copied.
  package init(state: StateFolder) throws {
    self.state = state
    builds = Turnstile()
    verified = VerifiedFolders()
    do {
      for service in try Files.names(in: state.releases) {
        for name in try Files.names(in: "\(state.releases)/\(service)") where name.hasPrefix(Self.partialPrefix) {
          try Files.remove("\(state.releases)/\(service)/\(name)")
        }
      }
    } catch {
      throw SlipwayError.storage(error, doing: "cleaning the release store")
    }
  }

  /// A version never starts with a dot.
  private static let partialPrefix = ".partial-"

  /// What `release.json` holds.
  private struct Record: Codable {
    let version: Version
    let digest: Digest
    let preparedBy: String

    private enum CodingKeys: String, CodingKey {
      case version, digest
      case preparedBy = "prepared_by"
    }
  }

  /// The folder that the release's processes start in.
  package func files(of service: Name, _ version: Version) -> String {
    "\(folder(of: service, version))/files"
  }

  private func folder(of service: Name, _ version: Version) -> String {
    "\(state.releases)/\(service)/\(version)"
  }

  /// Builds and copies the artifact; see `DeploymentTarget.prepare`. Repeated by the same rollout it neither builds nor
  /// copies again. Releases of one service take turns, and builds in one project folder.
  ///
  /// - Throws: `SlipwayError`: `build-failed`, `artifact-missing`, `artifact-empty`, `artifact-unsupported`,
  ///   `artifact-link-outside`, `release-changed`, `release-tampered`, or those of the state folder.
  package func prepare(_ request: PrepareRequest, rollout: String) async throws -> Digest {
    try await builds.inTurn("service \(request.key.service)") {
      let existing = try record(of: request.key.service, request.version)
      if let existing, existing.preparedBy == rollout {
        _ = try await verify(request.key.service, request.version, existing.digest)
        return existing.digest
      }
      let digest = try await builds.inTurn("folder \(request.folder)") {
        if let build = request.build { try await runBuild(build, request) }
        return try await offPool { try install(request, existing: existing, rollout: rollout) }
      }
      _ = try await verify(request.key.service, request.version, digest)
      return digest
    }
  }

  /// Says whether ``prepare(_:rollout:)`` would be refused. With a build command only the build can tell.
  ///
  /// - Throws: `SlipwayError`: `artifact-missing`, `artifact-empty`, `artifact-unsupported`, `artifact-link-outside`,
  ///   `release-changed`, or those of the state folder.
  package func check(_ request: PrepareRequest) async throws {
    guard request.build == nil else { return }
    let existing = try record(of: request.key.service, request.version)
    try await offPool {
      let source = try self.source(of: request)
      guard let existing else { return }
      let folder = "\(state.releases)/\(request.key.service)/\(Self.partialPrefix)check-\(UInt64.random(in: 0 ... .max))"
      do {
        try Files.makeFolder(folder)
        // Only a copy is stable while it is read: its digest is what preparing would find.
        try ArtifactCopy.copy(source, to: folder + "/files", skipping: state.path)
        let digest = try ArtifactDigest.digest(of: folder + "/files")
        try Files.remove(folder)
        guard existing.digest == digest else { throw changed(request, existing.digest, digest) }
      } catch {
        // What remains is removed when the agent starts next.
        try? Files.remove(folder)
        throw SlipwayError.storage(error, doing: "checking release \(request.version) of \(request.key.service)")
      }
    }
  }

  private func source(of request: PrepareRequest) throws -> String {
    let given = Files.absolute(request.artifact, in: request.folder)
    guard let source = Files.resolved(given) else {
      throw SlipwayError(
        .artifactMissing, .input, "the artifact \(request.artifact) of \(request.key.service) was not found at \(given)",
        remedy: request.build == nil
          ? "build it first, set `build`, or correct `artifact` in the file" : "correct `artifact`, or let `build` write it there")
    }
    return source
  }

  private func runBuild(_ build: String, _ request: PrepareRequest) async throws {
    let command = BuildCommand(
      command: build, folder: request.folder, log: "\(state.logs)/build-\(request.key.service)@\(request.version).log",
      instance: "\(state.tag)-build-\(request.key.service)")
    try await command.run()
  }

  private func install(_ request: PrepareRequest, existing: Record?, rollout: String) throws -> Digest {
    let source = try self.source(of: request)
    let service = "\(state.releases)/\(request.key.service)"
    let partial = "\(service)/\(Self.partialPrefix)\(request.version)-\(UInt64.random(in: 0 ... .max))"
    do {
      try Files.makeFolder(partial)
      try ArtifactCopy.copy(source, to: partial + "/files", skipping: state.path)
      let digest = try ArtifactDigest.digest(of: partial + "/files")
      if let existing {
        try Files.remove(partial)
        guard existing.digest == digest else { throw changed(request, existing.digest, digest) }
        return digest
      }
      let record = Record(version: request.version, digest: digest, preparedBy: rollout)
      try Files.write(try JSON.encode(record), to: partial + "/release.json", mode: 0o444)
      try publish(partial, as: folder(of: request.key.service, request.version), in: service)
      return digest
    } catch {
      // The first failure is what matters; what remains is removed when the agent starts next.
      try? Files.remove(partial)
      throw SlipwayError.storage(error, doing: "storing release \(request.version) of \(request.key.service)")
    }
  }

  private func publish(_ partial: String, as folder: String, in service: String) throws {
    try Files.syncFolder(partial)
    guard rename(partial, folder) == 0 else { throw SystemCallError("rename", folder) }
    guard chmod(folder, 0o555) == 0 else { throw SystemCallError("chmod", folder) }
    try Files.syncFolder(service)
  }

  private func record(of service: Name, _ version: Version) throws -> Record? {
    do {
      guard let bytes = try Files.read(folder(of: service, version) + "/release.json") else { return nil }
      return try JSON.decode(Record.self, from: bytes)
    } catch {
      throw SlipwayError.storage(error, doing: "reading what is known of release \(version) of \(service)")
    }
  }

  private func changed(_ request: PrepareRequest, _ before: Digest, _ now: Digest) -> SlipwayError {
    SlipwayError(
      .releaseChanged, .input,
      "version \(request.version) of \(request.key.service) stands for the artifact \(before.short), and this artifact is \(now.short)",
      remedy: "deploy the new artifact under a version of its own; a version never changes what it stands for")
  }

  /// Checks that a release's files still are what was deployed, and returns the folder to start in. Reads all of them the
  /// first time, and again only when a file's size, inode, mode or times have changed since.
  ///
  /// - Throws: `SlipwayError`: `release-missing`, `release-tampered`.
  package func verify(_ service: Name, _ version: Version, _ digest: Digest) async throws -> String {
    let files = files(of: service, version)
    guard try FileStatus(files) != nil else {
      throw SlipwayError(
        .releaseMissing, .broken, "release \(version) of \(service) is not in the state folder any more (\(files))",
        remedy: "deploy this version again from its artifact")
    }
    let found = try await offPool {
      do { return try verified.digest(of: files) } catch { throw SlipwayError.storage(error, doing: "reading release \(version)") }
    }
    guard found == digest else {
      throw SlipwayError(
        .releaseTampered, .broken,
        "the files of release \(version) of \(service) have changed on the disk: \(digest.short) was deployed, \(found.short) is there",
        remedy: "find out who wrote to \(files), then deploy the artifact under a new version")
    }
    return files
  }

  /// Copying and hashing may take seconds: not on the threads that all tasks share.
  private func offPool<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    try await NIOThreadPool.singleton.runIfActive(work)
  }
}
