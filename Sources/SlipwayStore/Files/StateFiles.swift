import Foundation
import SlipwayModel

/// Where the journal's files lie in the state folder.
package struct StateFiles: Hashable, Sendable {
  package let folder: String

  package init(folder: String) {
    self.folder = folder
  }

  /// The SQLite database; SQLite keeps `journal.db-wal` and `journal.db-shm` beside it.
  package var database: String { folder + "/journal.db" }
  /// Locked by the process that writes; holds its process id.
  package var lock: String { folder + "/journal.lock" }
  /// The log's private key, readable by its owner only.
  package var privateKey: String { folder + "/journal.key" }
  /// The log's public key as a C2SP verifier key.
  package var publicKey: String { folder + "/journal.pub" }
  /// One file for each set of variables.
  package var values: String { folder + "/values" }
  /// The key of the digests of variables, readable by its owner only.
  package var valueKey: String { folder + "/values.key" }
  /// Where the values of a set lie.
  func values(of set: KeyedDigest) -> String { "\(values)/\(set).json" }
  /// The signed checkpoints a second time, outside the database.
  package var checkpoints: String { folder + "/checkpoints.log" }

  /// Makes the database its owner's alone before SQLite makes it open to others, whatever the umask; SQLite gives the files beside
  /// it the same mode. A database that is there already is never opened here: closing it would end the locks of this process on it.
  func protect() throws {
    let descriptor = open(database, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      close(descriptor)
    } else if errno != EEXIST {
      throw FileError("make", database)
    }
    for path in [database, database + "-wal", database + "-shm", checkpoints, lock] {
      guard chmod(path, 0o600) == 0 || errno == ENOENT else { throw FileError("protect", path) }
    }
  }
}

/// What the operating system answered to a file operation.
struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  let path: String
  let operation: String
  let number: Int32

  /// - Parameter number: the value of `errno` after the call.
  init(_ operation: String, _ path: String, _ number: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.number = number
  }

  var isOutOfSpace: Bool { number == ENOSPC || number == EDQUOT }
  var description: String { "cannot \(operation) \(path): \(String(cString: strerror(number)))" }
}

/// File operations whose failure is an error and whose success survives a power cut.
enum DurableFile {
  /// Makes the folder, for its owner only, and those above it.
  static func makeFolder(_ path: String) throws {
    var information = stat()
    if stat(path, &information) == 0 {
      guard information.st_mode & S_IFMT == S_IFDIR else { throw FileError("use as a folder", path, ENOTDIR) }
      return
    }
    let parent = (path as NSString).deletingLastPathComponent
    if !parent.isEmpty, parent != path { try makeFolder(parent) }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("make", path) }
  }

  /// The whole content; `nil` when there is no such file.
  static func read(_ path: String) throws -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw FileError("open", path)
    }
    defer { close(descriptor) }
    return try read(descriptor, path)
  }

  /// What lies between the descriptor's offset and the end.
  static func read(_ descriptor: Int32, _ path: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes.append(contentsOf: buffer[..<count])
      } else if errno != EINTR {
        throw FileError("read", path)
      }
    }
  }

  /// Replaces the file: written under another name, synced, renamed, and the folder synced. A reader sees the old or the new content.
  static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws {
    let temporary = path + ".new"
    guard unlink(temporary) == 0 || errno == ENOENT else { throw FileError("remove", temporary) }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileError("make", temporary) }
    do {
      defer { close(descriptor) }
      try write(bytes, to: descriptor, temporary)
      guard fsync(descriptor) == 0 else { throw FileError("sync", temporary) }
    }
    guard rename(temporary, path) == 0 else { throw FileError("rename", temporary) }
    try syncFolder(of: path)
  }

  /// Adds to the end of the file and syncs it. When that fails the file is cut back to what it was.
  static func append(_ bytes: [UInt8], to path: String) throws {
    let isNew = access(path, F_OK) != 0
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("open", path) }
    defer { close(descriptor) }
    let length = lseek(descriptor, 0, SEEK_END)
    do {
      try write(bytes, to: descriptor, path)
      guard fsync(descriptor) == 0 else { throw FileError("sync", path) }
    } catch {
      // Should this fail too, the next start finds the part that was written and takes it away.
      _ = ftruncate(descriptor, length)
      throw error
    }
    if isNew { try syncFolder(of: path) }
  }

  /// Cuts the file to this length.
  static func truncate(_ path: String, to length: Int) throws {
    guard Foundation.truncate(path, off_t(length)) == 0 else { throw FileError("truncate", path) }
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw FileError("write", path)
      }
    }
  }

  static func syncFolder(of path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError("sync", folder) }
  }
}
