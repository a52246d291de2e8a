import Foundation
import RealSite

/// The state folder lies on a small file system of its own (tmpfs, which takes root), and that is full for a while.
struct DiskTrouble: Trouble {
  func prepare(_ site: Site) async throws {
    try FileManager.default.createDirectory(at: site.state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try await mount("mount", ["-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", site.state.path], site)
  }

  func strike(_ site: Site, _ generator: inout SeededGenerator) async throws {
    let filler = site.state.appending(path: "filler")
    _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
    let file = try FileHandle(forWritingTo: filler)
    let block = Data(repeating: 0x2E, count: 4096)
    // Ends when nothing more fits: the error is what is wanted.
    do { while true { try file.write(contentsOf: block) } } catch {}
    try await Task.sleep(for: .milliseconds(Int.random(in: 500...3000, using: &generator)))
    // Sometimes the server has to start on the full disk.
    if Bool.random(using: &generator) { site.signal(SIGKILL, "serve") }
    try await Task.sleep(for: .milliseconds(Int.random(in: 0...1000, using: &generator)))
    try file.close()
    try FileManager.default.removeItem(at: filler)
    try await site.startServer()
  }

  func cleanUp(_ site: Site) async throws {
    try await mount("umount", ["-l", site.state.path], site)
  }

  private func mount(_ program: String, _ arguments: [String], _ site: Site) async throws {
    let output = site.folder.appending(path: program)
    let finished = try await Program.finish(
      try Program.start(URL(fileURLWithPath: "/usr/bin/\(program)"), arguments, in: site.folder, output: output), output: output)
    guard finished.status == 0 else { throw SiteError("\(program) needs root: \(finished.errors)") }
  }
}
