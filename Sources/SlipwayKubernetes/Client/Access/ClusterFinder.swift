import Foundation
import SlipwayModel

/// Finds out which cluster is meant and how it is reached, from what kubectl looks at too.
package struct ClusterFinder: Sendable {
  let environment: [String: String]
  let home: String
  /// Where a pod finds its service account.
  let accountFolder: String
  /// `nil` when there is no such file.
  let read: @Sendable (String) throws -> [UInt8]?

  /// Of this process and its machine.
  package static let process = ClusterFinder(
    environment: ProcessInfo.processInfo.environment, home: ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory())

  init(
    environment: [String: String], home: String, accountFolder: String = "/var/run/secrets/kubernetes.io/serviceaccount",
    read: @escaping @Sendable (String) throws -> [UInt8]? = ClusterFinder.file
  ) {
    (self.environment, self.home, self.accountFolder, self.read) = (environment, home, accountFolder, read)
  }

  @Sendable static func file(_ path: String) throws -> [UInt8]? {
    do { return Array(try Data(contentsOf: URL(filePath: path))) } catch CocoaError.fileReadNoSuchFile { return nil }
  }

  /// - Parameters:
  ///   - context: `nil`: the current one.
  ///   - kubeconfig: files that count alone, in their order; empty: those of `KUBECONFIG`, or else `~/.kube/config`, or else the service
  ///     account of the pod.
  ///   - folder: where relative paths begin.
  /// - Throws: `kubeconfig-missing`, `kubeconfig-invalid`.
  package func access(context: String? = nil, kubeconfig: [String] = [], folder: String = ".") throws(SlipwayError) -> ClusterAccess {
    let isNamed = !kubeconfig.isEmpty
    let paths = isNamed ? kubeconfig : standardPaths
    var config = Kubeconfig()
    for path in paths {
      let file = absolute(path, folder)
      if let text = try text(of: file) {
        try config.add(text, of: file)
      } else if isNamed {
        throw .kubeconfigMissing("there is no file \(file)")
      }
    }
    if !isNamed && context == nil && config.contexts.isEmpty, let account = try serviceAccount() { return account }
    guard !config.files.isEmpty else {
      throw .kubeconfigMissing("there is no kubeconfig; looked for \(paths.joined(separator: ", ")), and for a pod's service account")
    }
    return try config.access(context: context)
  }

  /// The namespace of this pod, where it is its service account by which the cluster is found, and no kubeconfig; else `nil`.
  package func ownNamespace() -> String? {
    do {
      for path in standardPaths where try text(of: absolute(path, ".")) != nil { return nil }
      return try serviceAccount()?.namespace
    } catch {
      // What can't be read is told when the cluster is used.
      return nil
    }
  }

  private var standardPaths: [String] {
    let named = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
    return named.isEmpty ? [home + "/.kube/config"] : named
  }

  private func absolute(_ path: String, _ folder: String) -> String {
    let path = path.hasPrefix("~/") ? home + path.dropFirst() : path
    return URL(filePath: path, relativeTo: URL(filePath: folder, directoryHint: .isDirectory)).standardizedFileURL.path
  }

  private func text(of path: String) throws(SlipwayError) -> String? {
    do { return try read(path).map { String(decoding: $0, as: UTF8.self) } } catch {
      throw .kubeconfigMissing("the kubeconfig \(path) can't be read")
    }
  }

  /// What Kubernetes gives to each pod ("Accessing the API from a Pod"); `nil` outside of a cluster.
  private func serviceAccount() throws(SlipwayError) -> ClusterAccess? {
    guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"], !host.isEmpty,
      !port.isEmpty
    else { return nil }
    let token = accountFolder + "/token"
    guard try text(of: token) != nil else {
      throw .kubeconfigMissing(
        "Slipway runs in a pod without a service account: there is no \(token); `automountServiceAccountToken` may be off")
    }
    let namespace = try text(of: accountFolder + "/namespace")?.trimmingCharacters(in: .whitespacesAndNewlines)
    return ClusterAccess(
      origin: "the pod's service account", server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
      namespace: namespace.flatMap { $0.isEmpty ? nil : $0 }, authority: .file(accountFolder + "/ca.crt"),
      credential: .tokenFile(token, fallback: nil))
  }
}
