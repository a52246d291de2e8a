#if canImport(Glibc)
  import Glibc

  /// Counts the heap objects that Swift makes (arrays, strings, closures' boxes), by the hook that the runtime keeps for instruments. Only in a
  /// process of its own: the hook is for all threads.
  enum AllocationCount {
    typealias Allocator = @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

    nonisolated(unsafe) static var count = 0
    nonisolated(unsafe) static var original: Allocator = { _, _, _ in nil }

    /// How many heap objects the work makes; `nil` if this runtime has no such hook.
    static func during(_ work: () -> Void) -> Int? {
      guard let runtime = dlopen(nil, RTLD_NOW), let hook = dlsym(runtime, "_swift_allocObject"),
        let flag = dlsym(runtime, "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly")
      else { return nil }
      let slot = hook.assumingMemoryBound(to: Allocator.self)
      original = slot.pointee
      count = 0
      flag.assumingMemoryBound(to: Bool.self).pointee = true
      slot.pointee = { type, size, alignment in
        AllocationCount.count += 1
        return AllocationCount.original(type, size, alignment)
      }
      work()
      slot.pointee = original
      return count
    }
  }
#endif
