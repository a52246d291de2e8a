import Glibc

/// Files and folders by plain system calls. Every function throws ``SystemCallError``.
enum Files {
  /// Makes a folder and its parents; does nothing when it is there.
  static func makeFolder(_ path: String, mode: mode_t = 0o700) throws {
    if mkdir(path, mode) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let parent = parent(of: path) else { throw SystemCallError("mkdir", path) }
    try makeFolder(parent, mode: mode)
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemCallError("mkdir", path) }
  }

  static func parent(of path: String) -> String? {
    guard let slash = path.lastIndex(of: "/"), path.count > 1 else { return nil }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func lastComponent(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The names in a folder, sorted by their bytes.
  static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else { throw SystemCallError("opendir", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a file, link or whole folder, read-only ones too; does nothing when it is not there.
  static func remove(_ path: String) throws {
    guard let status = try FileStatus(path) else { return }
    if status.kind == .folder {
      if status.mode & 0o700 != 0o700 { _ = chmod(path, 0o700) }
      for name in try names(in: path) { try remove(path + "/" + name) }
      guard rmdir(path) == 0 || errno == ENOENT else { throw SystemCallError("rmdir", path) }
    } else {
      guard unlink(path) == 0 || errno == ENOENT else { throw SystemCallError("unlink", path) }
    }
  }

  /// The whole file; `nil` when it is not there.
  static func read(_ path: String) throws -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw SystemCallError("open", path)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemCallError("read", path)
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Replaces a file so that at any moment, a power cut included, the old or the new content is there: a temporary name in
  /// the same folder, `fsync`, `rename`, `fsync` of the folder.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
    let temporary = path + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw SystemCallError("open", temporary) }
    do {
      defer { close(descriptor) }
      try write(bytes[...], to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", temporary) }
    }
    guard rename(temporary, path) == 0 else { throw SystemCallError("rename", path) }
    if let parent = parent(of: path) { try syncFolder(parent) }
  }

  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, path: String) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemCallError("write", path)
      }
      rest = rest.dropFirst(count)
    }
  }

  static func syncFolder(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemCallError("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", path) }
  }

  /// The path without links, `.` and `..`; `nil` when it does not exist.
  static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  /// An absolute path for one that may be relative to `folder`.
  static func absolute(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") ? path : folder + "/" + path
  }
}
