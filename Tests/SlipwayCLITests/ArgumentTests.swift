import ArgumentParser
import Foundation
import SlipwayModel
import Testing

@testable import SlipwayCLI

@Suite("Arguments")
struct ArgumentTests {
  @Test("deploy takes the options of the contract")
  func deploy() throws {
    let command = try #require(
      try SlipwayCommand.parseAsRoot([
        "deploy", "--version", "v2", "--environment", "production", "--service", "api", "--file", "a/slipway.yaml", "--state", "/s",
        "--reason", "faster", "--artifact", "dist/api", "--supersede", "--no-wait", "--wait-for", "bake", "--output", "json", "--server",
        "http://127.0.0.1:7433",
      ]) as? DeployCommand)
    #expect(command.version == Version("v2"))
    #expect(command.selection.environment == Name("production") && command.selection.service == Name("api"))
    #expect(command.server.place.stateFolder == "/s" && command.server.server == "http://127.0.0.1:7433")
    #expect(command.reason.reason == "faster" && command.artifact == "dist/api" && command.supersede)
    #expect(command.wait.noWait && command.wait.output.isJSON && command.waitFor == .bake)
  }

  @Test(
    "What is no name, version, address, slot or format is refused as it is read",
    arguments: [
      ["deploy"], ["deploy", "--version", "a b"], ["deploy", "--version", "v2", "--environment", "Prod!"], ["status", "--output", "xml"],
      ["serve", "--listen", "nonsense"], ["logs", "--slot", "red"], ["deploy", "--version", "v2", "--wait-for", "ever"], ["nonsense"],
    ])
  func refused(arguments: [String]) {
    #expect(throws: (any Error).self) { try SlipwayCommand.parseAsRoot(arguments) }
  }

  @Test("The state folder lies beside the file, unless --state or SLIPWAY_STATE say otherwise")
  func stateFolder() throws {
    #expect(try PlaceOptions.parse(["--file", "/p/q/slipway.yaml"]).stateFolder == "/p/q/.slipway")
    #expect(try PlaceOptions.parse(["--file", "/p/q/slipway.yaml", "--state", "/elsewhere/../s"]).stateFolder == "/s")
    let here = FileManager.default.currentDirectoryPath
    #expect(try PlaceOptions.parse([]).filePath == here + "/slipway.yaml")
  }
}
