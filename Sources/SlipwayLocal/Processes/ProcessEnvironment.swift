import Glibc
import SlipwayModel

/// The environment variables of a replica: a few of the agent's own, those that the file configures, and Slipway's.
enum ProcessEnvironment {
  /// Names the start of one process; how the agent finds its processes again.
  static let instance = "SLIPWAY_INSTANCE"

  /// Taken over from the agent when they are set. Everything else of its environment stays with it.
  static let passedOn = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]

  /// The agent's own environment.
  static var inherited: [String: String] {
    var found: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") { found[String(text[..<equals])] = String(text[text.index(after: equals)...]) }
      next += 1
    }
    return found
  }

  static func environment(of workload: Workload, port: Int, replica: Int, instance: String, scratch: String) -> [String: String] {
    let own = inherited
    var result = own.filter { passedOn.contains($0.key) }
    result["PATH"] = own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    result["LANG"] = own["LANG"] ?? "C.UTF-8"
    result.merge(workload.variables) { _, configured in configured }
    result["PORT"] = String(port)
    result["SLIPWAY_SERVICE"] = workload.key.service.description
    result["SLIPWAY_ENVIRONMENT"] = workload.key.environment.description
    result["SLIPWAY_VERSION"] = workload.release.version.description
    result["SLIPWAY_SLOT"] = workload.slot.rawValue
    result["SLIPWAY_REPLICA"] = String(replica)
    result["SLIPWAY_SCRATCH"] = scratch
    result[Self.instance] = instance
    return result
  }
}
