import SlipwayModel
import Synchronization

/// The digests of folders that were read completely, each with a print of what `lstat` said of every entry. A crash-looping
/// replica would otherwise read gigabytes at each start.
final class VerifiedFolders: Sendable {
  private struct Known {
    let print: Digest
    let digest: Digest
  }

  private let known = Mutex<[String: Known]>([:])

  /// The folder's digest, read anew unless nothing has changed since it was read.
  func digest(of folder: String) throws -> Digest {
    let print = try self.print(of: folder)
    if let known = known.withLock({ $0[folder] }), known.print == print { return known.digest }
    let digest = try ArtifactDigest.digest(of: folder)
    known.withLock { $0[folder] = Known(print: print, digest: digest) }
    return digest
  }

  /// Changes with every write, since the kernel sets the time of change (`st_ctim`), which no program can set back.
  private func print(of folder: String) throws -> Digest {
    var text = ""
    for entry in try ArtifactDigest.entries(of: folder) {
      guard let status = try FileStatus(folder + "/" + entry.path) else { continue }
      text +=
        "\(entry.path)\u{0}\(status.inode) \(status.size) \(status.mode) \(status.changed)\u{0}"
    }
    return Digest(hashing: text.utf8)
  }
}
