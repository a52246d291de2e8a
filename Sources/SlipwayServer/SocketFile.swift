import Glibc
import Logging

/// The file of the API's Unix socket.
///
/// A server that takes turns with others listens under a name of its own and then moves that to the common one. Its listener removes the
/// name that it was bound to when it ends: were that the common one, a server that was thought dead, and only now ends, would take away the
/// socket of the one that leads.
struct SocketFile: Sendable {
  /// The name that clients know.
  let path: String
  let logger: Logger
  /// Where to listen.
  let bindPath: String

  init(_ path: String, isShared: Bool, logger: Logger) {
    self.path = path
    self.logger = logger
    // No longer than a few bytes more: the address of a socket is short.
    bindPath = isShared ? Self.folder(of: path) + "\(getpid()).sock" : path
  }

  /// Makes the socket reachable, for its owner only. Until this is done the folder's own mode (0700) keeps others out.
  func publish() {
    if chmod(bindPath, 0o600) != 0 {
      logger.warning("the socket's mode could not be set", metadata: ["socket": "\(bindPath)", "errno": "\(errno)"])
    }
    if bindPath != path, rename(bindPath, path) != 0 {
      logger.error("the socket could not be put in its place", metadata: ["socket": "\(path)", "errno": "\(errno)"])
    }
  }

  private static func folder(of path: String) -> Substring { path.lastIndex(of: "/").map { path[...$0] } ?? "" }
}
