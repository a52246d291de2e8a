import ClusterDouble
import Foundation
import SlipwayModel
import SlipwayRuntime
import Testing

/// Where the suite runs: a cluster that the environment names, or the double where it names none.
struct Place: Sendable, CustomTestStringConvertible {
  /// A release's image.
  struct Image: Hashable, Sendable {
    let name: String
    let tag: String

    /// `registry.example/name:tag`; `nil` for one by digest.
    init?(_ text: String) {
      guard !text.isEmpty, !text.contains("@") else { return nil }
      let last = text.split(separator: "/").last ?? ""
      guard let colon = last.lastIndex(of: ":") else {
        (name, tag) = (text, "latest")
        return
      }
      name = String(text.dropLast(last.distance(from: colon, to: last.endIndex)))
      tag = String(last[last.index(after: colon)...])
    }
  }

  /// A kubeconfig file; `nil` for the double.
  let kubeconfig: String?
  /// In turn for one release after the other. One is enough: releases then differ by their configuration.
  let images: [Image]
  /// Where the image listens and what it answers on, for clusters whose nodes really probe.
  let port: Int
  let path: String

  var testDescription: String { kubeconfig ?? "the double" }

  /// As the environment says.
  static let present = Place(ProcessInfo.processInfo.environment)

  init(_ environment: [String: String]) {
    func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    kubeconfig = text("SLIPWAY_TEST_KUBECONFIG")
    let named = text("SLIPWAY_TEST_IMAGE") ?? (kubeconfig == nil ? "example.com/api:v1,example.com/api:v2" : "")
    images = named.split(separator: ",").compactMap { Image($0.trimmingCharacters(in: .whitespaces)) }
    port = text("SLIPWAY_TEST_PORT").flatMap { Int($0) } ?? 8080
    path = text("SLIPWAY_TEST_PATH") ?? "/"
  }

  /// Why nothing can be run; `nil` when it can.
  var lack: String? {
    guard images.isEmpty else { return nil }
    return "SLIPWAY_TEST_KUBECONFIG names a cluster, and SLIPWAY_TEST_IMAGE names no image for it: state one or two, as name:tag, "
      + "separated by a comma (docs/kubernetes/conformance.md)"
  }

  static let isGiven = present.kubeconfig != nil
  static let canRun = present.lack == nil

  /// Calls `body` with a kubeconfig file that leads to the cluster.
  func withKubeconfig(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    if let kubeconfig { return try await body(kubeconfig) }
    let folder = FileManager.default.temporaryDirectory.appending(path: "slipway-conformance-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "config")
    try await ClusterServer.run(ClusterState(now: SystemClock().now())) { server in
      try Data(Self.config(server.url).utf8).write(to: file)
      try await body(file.path)
    }
  }

  private static func config(_ url: String) -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: double
    clusters:
    - name: double
      cluster: {server: "\(url)"}
    contexts:
    - name: double
      context: {cluster: double, user: nobody}
    users:
    - name: nobody
      user: {}
    """
  }
}
