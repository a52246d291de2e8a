import Foundation

/// A terminal for a program to draw on, and what it drew.
final class Pseudoterminal {
  private let master: Int32
  private let slave: FileHandle

  struct Failure: Error {
    let call: String
  }

  init(columns: UInt16) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    // TIOCSPTLCK and TIOCGPTN of ioctl_tty(2): unlock the other end, and ask for its number.
    var lock: Int32 = 0
    var number: UInt32 = 0
    guard master >= 0, ioctl(master, 0x4004_5431, &lock) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
      throw Failure(call: "/dev/ptmx")
    }
    let descriptor = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    guard descriptor >= 0 else { throw Failure(call: "open") }
    var size = winsize(ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0 else { throw Failure(call: "ioctl") }
    slave = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  deinit { close(master) }

  /// Starts a program whose standard output is the terminal.
  func start(_ executable: URL, _ arguments: [String], in folder: URL, environment: [String: String]) throws -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": "xterm"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = slave
    process.standardError = slave
    try process.run()
    return process
  }

  /// Reads until the program has ended, so that it never waits for a full buffer; no thread is held.
  func output(of process: Process) async throws -> String {
    var bytes: [UInt8] = []
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let isRunning = process.isRunning
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(master, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes += buffer.prefix(count)
      }
      if !isRunning { return String(decoding: bytes, as: UTF8.self) }
      if ContinuousClock.now > deadline { kill(process.processIdentifier, SIGKILL) }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
