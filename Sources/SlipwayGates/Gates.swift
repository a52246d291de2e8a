import SlipwayModel
import SlipwayPorts
import SlipwayReach

/// Asks gates of both kinds: programs of this machine, and services by HTTP.
package struct Gates: GateProbe {
  private let client: WebClient
  private let connections = WebConnections()
  private let timeout: TimeSpan

  /// - Parameters:
  ///   - secrets: where the credentials of webhooks are; the server's environment and files.
  ///   - timeout: for one question; 30 s. What has not answered by then is asked again.
  package init(secrets: SecretReader = .process, timeout: TimeSpan = .seconds(30)) {
    client = WebClient(connections: connections, secrets: secrets)
    self.timeout = timeout
  }

  package func ask(_ question: GateQuestion) async throws -> GateAnswer {
    switch question.gate.means {
    case .command(let arguments): await CommandGate(arguments: arguments, timeout: timeout).ask(question)
    case .webhook(let url, let access):
      await WebhookGate(url: url, access: access, timeout: timeout, client: client).ask(question)
    }
  }

  /// Ends all connections. No webhook can be asked then.
  package func close() async { await connections.close() }
}
