import Crypto
import Glibc
import SlipwayModel

/// The digest of a folder: the same for the same content, wherever and whenever it was copied.
///
/// SHA-256 over the line `slipway-artifact-1` and one line for each entry below the folder, sorted by the bytes of the
/// relative path (`/` between its parts). A line is `KIND LENGTH:PATH VALUE` and a line feed, where KIND is `f` for a file, `x` for a file with
/// the owner's executable bit, `d` for a folder and `l` for a symbolic link; LENGTH counts the path's bytes; VALUE is the
/// SHA-256 of a file's content or of a link's target in hexadecimal, and `-` for a folder. Owners, times and all other mode bits are left out.
enum ArtifactDigest {
  /// One entry below the folder.
  struct Entry: Hashable {
    enum Kind: String {
      case file = "f"
      case executable = "x"
      case folder = "d"
      case link = "l"
    }

    /// Relative to the folder.
    let path: String
    let kind: Kind
  }

  /// - Throws: ``SystemCallError``, or `SlipwayError` with code `artifact-unsupported` for sockets, devices and pipes.
  static func digest(of folder: String) throws -> SlipwayModel.Digest {
    var hasher = SHA256()
    hasher.update(data: Array("slipway-artifact-1\n".utf8))
    for entry in try entries(of: folder) {
      let value: String
      switch entry.kind {
      case .file, .executable: value = try digest(ofFile: folder + "/" + entry.path).hexadecimal
      case .folder: value = "-"
      case .link: value = Digest(hashing: try target(ofLink: folder + "/" + entry.path).utf8).hexadecimal
      }
      hasher.update(data: Array("\(entry.kind.rawValue) \(entry.path.utf8.count):\(entry.path) \(value)\n".utf8))
    }
    return Digest(finished: hasher.finalize())
  }

  /// Everything below a folder, sorted by path.
  static func entries(of folder: String, skipping skipped: String? = nil) throws -> [Entry] {
    var found: [Entry] = []
    try collect(folder, prefix: "", skipping: skipped, into: &found)
    return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private static func collect(_ folder: String, prefix: String, skipping skipped: String?, into found: inout [Entry]) throws {
    for name in try Files.names(in: folder) {
      let path = folder + "/" + name
      if path == skipped { continue }
      guard let status = try FileStatus(path) else { continue }
      switch status.kind {
      case .folder:
        found.append(Entry(path: prefix + name, kind: .folder))
        try collect(path, prefix: prefix + name + "/", skipping: skipped, into: &found)
      case .file: found.append(Entry(path: prefix + name, kind: status.isExecutable ? .executable : .file))
      case .link: found.append(Entry(path: prefix + name, kind: .link))
      case .other:
        throw SlipwayError(
          .artifactUnsupported, .input, "the artifact contains \(path), which is neither a file, a folder nor a symbolic link",
          remedy: "leave it out of the artifact")
      }
    }
  }

  static func digest(ofFile path: String) throws -> SlipwayModel.Digest {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw SystemCallError("open", path) }
    defer { close(descriptor) }
    var hasher = SHA256()
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { return Digest(finished: hasher.finalize()) }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemCallError("read", path)
      }
      chunk.withUnsafeBytes { hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  static func target(ofLink path: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count >= 0 else { throw SystemCallError("readlink", path) }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
