import Foundation

/// What the kernel says of a process (proc(5)).
struct ProcessFigures: Sendable {
  /// User and system, of all threads.
  let processorSeconds: Double
  let residentMebibytes: Double
  /// The most so far.
  let peakMebibytes: Double

  init(of process: Int32) throws {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    func mebibytes(_ key: String) -> Double {
      status.split(separator: "\n").first { $0.hasPrefix(key) }.flatMap { Double($0.filter(\.isNumber)) }.map { $0 / 1024 } ?? 0
    }
    (residentMebibytes, peakMebibytes) = (mebibytes("VmRSS"), mebibytes("VmHWM"))
    let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    // The name in parentheses may hold spaces; utime and stime are the 12th and 13th word after it.
    let words = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
    let ticks = words.count > 13 ? (Double(words[12]) ?? 0) + (Double(words[13]) ?? 0) : 0
    processorSeconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
