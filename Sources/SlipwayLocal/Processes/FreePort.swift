import Glibc

/// A TCP port of the loopback interface that nobody listens at now. Someone else may take it before the process does: such
/// a process fails to bind and is started again with another port.
enum FreePort {
  /// - Throws: ``SystemCallError``.
  static func choose(except taken: Set<Int>) throws -> Int {
    var port = try bindToAny()
    var attempts = 0
    while taken.contains(port), attempts < 100 {
      port = try bindToAny()
      attempts += 1
    }
    return port
  }

  private static func bindToAny() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SystemCallError("socket", "127.0.0.1") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
      }
    }
    guard result == 0 else { throw SystemCallError("bind", "127.0.0.1:0") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
