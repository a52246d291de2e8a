import Foundation
import RealSite

/// `serve` runs under strace(1), which makes one of its system calls for writing fail, at a random count, once or from then
/// on. Then it is killed and started again in a world where writing works.
struct WriteTrouble: Trouble {
  private static let calls = ["pwrite64", "fdatasync", "fsync", "write", "ftruncate"]
  private static let errors = ["EIO", "ENOSPC"]

  func strike(_ site: Site, _ generator: inout SeededGenerator) async throws {
    site.signal(SIGKILL, "serve")
    try await site.awaitEnd(of: "serve")
    let call = Self.calls.randomElement(using: &generator) ?? "fdatasync"
    let error = Self.errors.randomElement(using: &generator) ?? "EIO"
    let first = Int.random(in: 1...(call == "write" ? 400 : 60), using: &generator)
    let onwards = Bool.random(using: &generator) ? "+" : ""
    let output = site.folder.appending(path: "strace-\(first)-\(call)")
    let process = try Program.start(
      URL(fileURLWithPath: "/usr/bin/strace"),
      [
        "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):error=\(error):when=\(first)\(onwards)",
        Program.slipway.path, "serve", "--state", site.state.path,
      ], in: site.folder, output: output)
    try await Task.sleep(for: .milliseconds(Int.random(in: 1000...4000, using: &generator)))
    site.signal(SIGKILL, "serve")
    _ = try? await Program.finish(process, output: output, within: 10)
    try await site.startServer()
  }
}
