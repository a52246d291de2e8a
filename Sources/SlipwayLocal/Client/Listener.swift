import Glibc

/// The process behind a Unix socket, whether or not it gets round to answering.
package enum Listener {
  /// What `SO_PEERCRED` (unix(7)) gives: `struct ucred`.
  private struct Credentials {
    var process: pid_t = 0
    var user: uid_t = 0
    var group: gid_t = 0
  }

  /// `SO_PEERCRED` of asm-generic/socket.h, which Swift doesn't import.
  private static let peerCredentials: Int32 = 17

  /// The process that listens at a socket, as the kernel knows it: a frozen one is named too, one that is gone is not.
  /// Never waits. `nil` when nobody listens, or when so many wait already that it can't be told.
  package static func process(at path: String) -> Int32? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { return nil }
    var credentials = Credentials()
    var size = socklen_t(MemoryLayout<Credentials>.size)
    guard getsockopt(descriptor, SOL_SOCKET, peerCredentials, &credentials, &size) == 0, credentials.process > 0 else { return nil }
    return credentials.process
  }
}
