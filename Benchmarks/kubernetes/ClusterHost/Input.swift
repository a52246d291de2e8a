import Foundation

/// Standard input, read without holding a thread that tasks share.
enum Input {
  /// Waits for the next bytes; `false` at the end.
  static func hasMore() async throws -> Bool {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try FileHandle.standardInput.read(upToCount: 1)?.isEmpty == false })
      }
    }
  }
}
