import Glibc
import SlipwayModel

extension SlipwayError.Code {
  static let socketFolderUnsafe = Self("socket-folder-unsafe")
}

/// Where the Unix sockets of a state folder are. A socket's address holds 107 bytes, so a folder with a long path gets its
/// sockets in a short folder of its own under `/tmp`, named by a hash of the state folder's path.
package enum SocketPath {
  /// Longest path, in bytes, that is used as it is.
  static let limit = 100

  /// The agent's control API.
  ///
  /// - Throws: `SlipwayError` with code `socket-folder-unsafe` when the short folder belongs to someone else or is open to others.
  package static func agent(stateFolder: String) throws -> String {
    try path("agent.sock", in: stateFolder)
  }

  /// The API of `slipway serve`. Throws as ``agent(stateFolder:)`` does.
  package static func serve(stateFolder: String) throws -> String {
    try path("serve.sock", in: stateFolder)
  }

  private static func path(_ name: String, in stateFolder: String) throws -> String {
    let absolute = try StateFolder.absolute(stateFolder)
    let folder = Files.resolved(absolute) ?? absolute
    let plain = folder + "/" + name
    if plain.utf8.count <= limit { return plain }
    let short = "/tmp/slipway-\(geteuid())-\(StateFolder.tag(of: folder))"
    if mkdir(short, 0o700) != 0, errno != EEXIST {
      throw SlipwayError.storage(SystemCallError("mkdir", short), doing: "making the folder of the socket")
    }
    guard let status = try FileStatus(short), status.kind == .folder, status.owner == geteuid(), status.mode & 0o077 == 0 else {
      throw SlipwayError(
        .socketFolderUnsafe, .broken, "the folder \(short) for the sockets of \(folder) is not a private folder of this user",
        remedy: "remove \(short), or use a state folder with a path of less than \(limit - 12) bytes")
    }
    return short + "/" + name
  }
}
