import Foundation

/// Which process listens at a TCP port of this machine, by what the kernel tells (proc(5): `net/tcp`, `fd`).
enum PortHolder {
  /// Whether a process of this user listens at the port, at any address. `false` when that can't be told.
  static func isListening(process: Int32, at port: Int) -> Bool {
    let sockets = Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap { listening(at: port, in: table($0)) })
    let folder = "/proc/\(process)/fd"
    return names(in: folder).contains { name in
      guard let target = link(folder + "/" + name) else { return false }
      return sockets.contains { target == "socket:[\($0)]" }
    }
  }

  /// The inodes of the sockets that listen at a port.
  ///
  /// - Parameter table: the text of `/proc/net/tcp`: after the number come the local address (`0100007F:1F40`), the remote one and
  ///   the state, of which `0A` is LISTEN; the tenth word is the inode.
  static func listening(at port: Int, in table: String) -> [String] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let words = line.split(separator: " ")
      guard words.count > 9, words[3] == "0A", let hexadecimal = words[1].split(separator: ":").last else { return nil }
      return Int(hexadecimal, radix: 16) == port ? String(words[9]) : nil
    }
  }

  // What can't be read tells of no socket: a table that is not there (no IPv6), a process that has just ended.

  private static func table(_ path: String) -> String {
    do { return try String(contentsOfFile: path, encoding: .utf8) } catch { return "" }
  }

  private static func names(in folder: String) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch { return [] }
  }

  private static func link(_ path: String) -> String? {
    do { return try FileManager.default.destinationOfSymbolicLink(atPath: path) } catch { return nil }
  }
}
