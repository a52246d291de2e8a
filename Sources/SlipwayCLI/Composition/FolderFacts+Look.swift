import Foundation
import SlipwayConfig

extension FolderFacts {
  /// What lies in a folder; of the files that tell more than their name at most 64 KiB each is read.
  ///
  /// - Throws: what the file system says when the folder can't be listed.
  static func look(at folder: String) throws -> FolderFacts {
    let manager = FileManager.default
    var files: Set<String> = []
    var folders: Set<String> = []
    for name in try manager.contentsOfDirectory(atPath: folder) {
      let values = try manager.attributesOfItem(atPath: folder + "/" + name)
      if values[.type] as? FileAttributeType == .typeDirectory { folders.insert(name) } else { files.insert(name) }
    }
    var contents: [String: String] = [:]
    for name in readable where files.contains(name) {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder + "/" + name))
      contents[name] = String(decoding: try handle.read(upToCount: 65_536) ?? Data(), as: UTF8.self)
      try handle.close()
    }
    return FolderFacts(
      name: (folder as NSString).lastPathComponent, files: files, folders: folders,
      executables: files.filter { manager.isExecutableFile(atPath: folder + "/" + $0) }, contents: contents)
  }
}
