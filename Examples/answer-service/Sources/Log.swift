#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes one line to standard output at once: what was logged before a crash must be readable after it.
func log(_ version: String, _ message: String) {
  let line = Array("answer-service \(version): \(message)\n".utf8)
  // A log that nobody reads any more must not stop the service.
  _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

/// Ends the process at once, as a fault would: no request is finished.
func crash(_ version: String, _ reason: String) -> Never {
  log(version, "fatal: \(reason)")
  _exit(70)
}
