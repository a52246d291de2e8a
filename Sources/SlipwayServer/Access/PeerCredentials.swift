import Glibc
import NIOCore
import Synchronization

/// What Linux tells about the process at the other end of a Unix socket (`SO_PEERCRED`, unix(7)); laid out as `struct ucred`.
struct PeerCredentials: Sendable {
  var process: pid_t = 0
  var user: uid_t = 0
  var group: gid_t = 0

  /// The user at the other end.
  static func user(of channel: any Channel) async throws -> uid_t {
    guard let options = channel as? any SocketOptionProvider else { return geteuid() }
    let option = NIOBSDSocket.Option(rawValue: 17)  // SO_PEERCRED
    let credentials: PeerCredentials = try await options.unsafeGetSocketOption(level: .socket, name: option).get()
    return credentials.user
  }
}

/// `login@host` of users, each looked up once: the user database may be slow.
final class UserNames: Sendable {
  private let names = Mutex<[uid_t: String]>([:])
  private let host: String

  init() {
    var bytes = [CChar](repeating: 0, count: 256)
    let known = gethostname(&bytes, bytes.count - 1) == 0
    host = known ? String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "localhost"
  }

  func name(of user: uid_t) -> String {
    if let known = names.withLock({ $0[user] }) { return known }
    let name = "\(Self.login(of: user) ?? "uid-\(user)")@\(host)"
    names.withLock { $0[user] = name }
    return name
  }

  private static func login(of user: uid_t) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 4096)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else { return nil }
    return String(cString: name)
  }
}
