import Glibc
import SlipwayModel

/// Copies an artifact into a folder of its own, file by file, so that later changes at its source can't reach it.
enum ArtifactCopy {
  /// Copies `source`, a file or folder, to the new folder `destination`; a file keeps its name in it. Files become
  /// read-only and keep whether they are executable. Everything is on the disk when this returns.
  ///
  /// - Parameter skipped: a path that is left out when it lies in the source: the state folder.
  /// - Throws: `SlipwayError` (`artifact-empty`, `artifact-unsupported`, `artifact-link-outside`) or ``SystemCallError``.
  static func copy(_ source: String, to destination: String, skipping skipped: String) throws {
    guard let status = try FileStatus(source) else { throw SystemCallError("lstat", source, ENOENT) }
    try Files.makeFolder(destination)
    switch status.kind {
    case .folder:
      let entries = try ArtifactDigest.entries(of: source, skipping: skipped)
      guard entries.contains(where: { $0.kind != .folder }) else {
        throw SlipwayError(
          .artifactEmpty, .input, "the artifact \(source) is an empty folder", remedy: "build it first, or correct `artifact` in the file")
      }
      for entry in entries { try copy(entry, from: source, to: destination) }
      for entry in entries where entry.kind == .link { try checkResolved(entry, in: destination) }
      for entry in entries.reversed() where entry.kind == .folder { try seal(destination + "/" + entry.path) }
    case .file:
      let name = Files.lastComponent(of: source)
      try copyFile(source, to: destination + "/" + name, executable: status.isExecutable)
    case .link, .other:
      throw SlipwayError(
        .artifactUnsupported, .input, "the artifact \(source) is neither a file nor a folder", remedy: "correct `artifact` in the file")
    }
    try seal(destination)
  }

  private static func copy(_ entry: ArtifactDigest.Entry, from source: String, to destination: String) throws {
    let from = source + "/" + entry.path
    let to = destination + "/" + entry.path
    switch entry.kind {
    case .folder: try Files.makeFolder(to)
    case .file: try copyFile(from, to: to, executable: false)
    case .executable: try copyFile(from, to: to, executable: true)
    case .link:
      let target = try ArtifactDigest.target(ofLink: from)
      guard staysInside(target, linkAt: entry.path) else { throw outside(entry.path, target) }
      guard symlink(target, to) == 0 else { throw SystemCallError("symlink", to) }
    }
  }

  private static func copyFile(_ from: String, to: String, executable: Bool) throws {
    let input = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard input >= 0 else { throw SystemCallError("open", from) }
    defer { close(input) }
    let output = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw SystemCallError("open", to) }
    defer { close(output) }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(input, &chunk, chunk.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemCallError("read", from)
      }
      try Files.write(chunk[..<count], to: output, path: to)
    }
    guard fchmod(output, executable ? 0o555 : 0o444) == 0 else { throw SystemCallError("chmod", to) }
    guard fsync(output) == 0 else { throw SystemCallError("fsync", to) }
  }

  private static func seal(_ folder: String) throws {
    try Files.syncFolder(folder)
    guard chmod(folder, 0o555) == 0 else { throw SystemCallError("chmod", folder) }
  }

  /// Whether a link's target, read as text, stays below the folder that the link's path is relative to.
  static func staysInside(_ target: String, linkAt path: String) -> Bool {
    guard !target.hasPrefix("/"), !target.isEmpty else { return false }
    var depth = path.split(separator: "/").count - 1
    for part in target.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return false }
    }
    return true
  }

  /// A link may lead through another link: what counts is where it ends.
  private static func checkResolved(_ entry: ArtifactDigest.Entry, in folder: String) throws {
    guard let root = Files.resolved(folder), let end = Files.resolved(folder + "/" + entry.path) else { return }
    guard end == root || end.hasPrefix(root + "/") else { throw outside(entry.path, end) }
  }

  private static func outside(_ path: String, _ target: String) -> SlipwayError {
    SlipwayError(
      .artifactLinkOutside, .input, "the artifact's symbolic link \(path) points outside the artifact, to \(target)",
      remedy: "copy what it points to into the artifact, or make the link relative")
  }
}
