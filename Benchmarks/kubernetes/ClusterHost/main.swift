import ClusterDouble
import Foundation
import SlipwayModel

// Usage: cluster-host NAMESPACES SERVICES
// Serves the double of a cluster, and what the benchmark asks about it, until its standard input ends. Prints both ports.

let arguments = CommandLine.arguments
guard arguments.count == 3, let namespaces = Int(arguments[1]), let services = Int(arguments[2]), namespaces > 0 else {
  print("usage: cluster-host NAMESPACES SERVICES")
  exit(2)
}
let layout = ClusterLayout(namespaces: namespaces, services: services)
let ledger = RequestLedger()
try await ClusterServer.run(try layout.cluster(at: RequestLedger.now()), onRequest: { ledger.note($0, $1) }) { server in
  try await FiguresServer.run(ledger) { port in
    try FileHandle.standardOutput.write(contentsOf: Data("cluster \(server.port)\nfigures \(port)\n".utf8))
    // Whoever started this has gone when the input ends.
    while try await Input.hasMore() {}
  }
}
