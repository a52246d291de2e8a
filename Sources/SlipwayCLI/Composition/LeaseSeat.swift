import Foundation
import SlipwayKubernetes
import SlipwayModel
import SlipwayServer
import SlipwayStore

/// Which Lease a server has to hold before it drives anything.
struct LeaseSeat: Sendable {
  let lease: ObjectKey
  let duration: TimeSpan

  /// The name of the Lease where nothing else is said.
  static let name = "slipway"

  /// - Parameter option: `namespace/name`, `none`, or `nil` for what the surroundings say.
  /// - Returns: `nil` when none is needed.
  /// - Throws: `bad-lease`.
  init?(option: String?, duration: TimeSpan) throws {
    let stated = option ?? ProcessInfo.processInfo.environment["SLIPWAY_LEASE"].flatMap { $0.isEmpty ? nil : $0 }
    if stated == "none" { return nil }
    guard
      let parts = stated?.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        ?? ClusterFinder.process.ownNamespace().map({ [$0, Self.name] })
    else { return nil }
    guard parts.count == 2, parts.allSatisfy({ Self.isName($0) }) else {
      throw SlipwayError(
        .badLease, .input, "'\(stated ?? "")' does not name a Lease",
        remedy: "write its namespace and its name, as in `--lease slipway/slipway`, or `--lease none`")
    }
    lease = ObjectKey(.lease, namespace: parts[0], name: parts[1])
    self.duration = duration
  }

  /// RFC 1123, as Kubernetes has it for names.
  private static func isName(_ text: String) -> Bool {
    (1...63).contains(text.count) && text.first != "-" && text.last != "-"
      && text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
  }

  /// Who this process is: the pod's name, which is its host's, and something that no other run of it has.
  static func identity() -> String {
    let host = ProcessInfo.processInfo.hostName.prefix(200)
    return "\(host)_\(UUID().uuidString.lowercased().prefix(8))"
  }
}

/// The right to drive, while it lasts.
struct Leadership: Sendable {
  let tenure: Tenure
  let election: LeaderElection

  /// What the journal is told of it.
  var journalTerm: JournalTerm {
    JournalTerm(number: tenure.term, holder: tenure.holder, lease: "\(election.settings.lease)", at: election.now)
  }

  var station: Station {
    .leading {
      LeadershipView(
        lease: "\(election.settings.lease)", leader: election.leader, leads: tenure.isInForce, term: tenure.isInForce ? tenure.term : nil)
    }
  }
}

extension LeaderElection {
  /// As long as this process does not lead.
  var waiting: Station {
    .standingBy { LeadershipView(lease: "\(self.settings.lease)", leader: self.leader, leads: false, term: nil) }
  }
}

extension SlipwayError.Code {
  static let badLease = SlipwayError.Code("bad-lease")
}
