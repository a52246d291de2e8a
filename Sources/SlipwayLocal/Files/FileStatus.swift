import CPlatform
import Glibc

/// What `lstat` says of a file, folder or link.
struct FileStatus: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case file
    case folder
    case link
    /// A socket, device or pipe.
    case other
  }

  let kind: Kind
  /// The twelve bits of permissions.
  let mode: UInt32
  let owner: UInt32
  let size: Int
  let inode: UInt64
  /// Seconds and nanoseconds of the last change to content or attributes, which no program can set.
  let changed: [Int]

  /// `nil` when there is nothing of that name.
  ///
  /// - Throws: ``SystemCallError``.
  init?(_ path: String) throws {
    var status = cplatform_status()
    guard cplatform_lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw SystemCallError("lstat", path)
    }
    switch status.mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    case S_IFLNK: kind = .link
    default: kind = .other
    }
    mode = status.mode & 0o7777
    owner = status.owner
    size = Int(status.size)
    inode = status.inode
    changed = [Int(status.changed_seconds), Int(status.changed_nanoseconds)]
  }

  /// Whether its owner may execute it.
  var isExecutable: Bool { mode & 0o100 != 0 }
}
