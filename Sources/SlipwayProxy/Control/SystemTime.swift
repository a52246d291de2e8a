import SlipwayModel

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The system's wall clock, in UTC.
@Sendable package func systemTime() -> Timestamp {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
}
