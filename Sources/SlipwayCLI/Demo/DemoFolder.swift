import Foundation
import SlipwayModel

/// The temporary project of a demonstration.
struct DemoFolder: Sendable {
  let path: String
  var state: String { path + "/.slipway" }
  var file: String { path + "/slipway.yaml" }

  /// Makes the folder with every release of the script in it.
  ///
  /// - Parameter service: path of the example service's program.
  init(service: String) throws {
    guard FileManager.default.isExecutableFile(atPath: service) else {
      throw SlipwayError(
        .demoServiceMissing, .input, "the example service is not at \(service)",
        remedy: "run `make demo`, which builds it, or name it with --service-program")
    }
    path = FileManager.default.temporaryDirectory.path.trimmingSuffix("/") + "/slipway-demo-\(UUID().uuidString.prefix(8).lowercased())"
    for release in DemoScript.releases {
      let folder = "\(path)/releases/\(release.version)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: service, toPath: folder + "/answer-service")
      let settings = release.switches.sorted { $0.key < $1.key }.map { "export \($0.key)=\($0.value)\n" }.joined()
      try settings.write(toFile: folder + "/settings", atomically: true, encoding: .utf8)
    }
  }

  func configure(_ strategy: DemoStrategy) throws {
    try DemoScript.configuration(strategy).write(toFile: file, atomically: true, encoding: .utf8)
  }

  func remove() throws { try FileManager.default.removeItem(atPath: path) }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}

extension SlipwayError.Code {
  static let demoServiceMissing = SlipwayError.Code("demo-service-missing")
}
