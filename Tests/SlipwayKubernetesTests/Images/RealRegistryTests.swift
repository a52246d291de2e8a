import Foundation
import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("Digests from a real registry", .serialized)
struct RealRegistryTests {
  @Test("A tag is resolved to what it stands for now, also after it was moved; what it stood for stays")
  func tags() async throws {
    try await RegistrySite.with { site, images in
      try await RealRegistry.with(.open, in: site.folder) { registry in
        let first = try await registry.push("shop/api", "v1", content: "first")
        let reference = try ImageReference("\(registry.name)/shop/api:v1")
        #expect(try await images.digest(of: reference, within: .seconds(10)) == first)
        let second = try await registry.push("shop/api", "v1", content: "second")
        #expect(first != second)
        #expect(try await images.digest(of: reference, within: .seconds(10)) == second)
        #expect(try await images.digest(of: reference.pinned(to: first), within: .seconds(10)) == first)
      }
    }
  }

  @Test("What is not there is said in the registry's words")
  func missing() async throws {
    try await RegistrySite.with { site, images in
      try await RealRegistry.with(.open, in: site.folder) { registry in
        _ = try await registry.push("shop/api", "v1", content: "first")
        let nothing = Digest(hashing: Array("nothing".utf8))
        for (image, words) in [
          ("shop/api:v2", "MANIFEST_UNKNOWN"), ("shop/web:v1", "UNKNOWN"), ("shop/api@\(nothing)", "MANIFEST_UNKNOWN"),
        ] {
          let reference = try ImageReference("\(registry.name)/\(image)")
          let error = try await slipwayError { try await images.digest(of: reference, within: .seconds(10)) }
          #expect(error?.code == .imageNotFound)
          #expect(error?.message.contains("\(registry.name)/\(image)") == true)
          #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
      }
    }
  }

  @Test("A password is given to a registry that asks for it, and stands in no message when it is wrong")
  func guarded() async throws {
    try await RegistrySite.with { site, images in
      try await RealRegistry.with(.guarded, in: site.folder) { registry in
        let digest = try await registry.push("shop/api", "v1", content: "first")
        let reference = try ImageReference("\(registry.name)/shop/api:v1")
        let without = try await slipwayError { try await images.digest(of: reference, within: .seconds(10)) }
        #expect(without?.code == .registryUnauthorized)
        #expect(without?.message.contains("there are none for it") == true)
        func login(_ password: String) throws {
          let auth = Data("deployer:\(password)".utf8).base64EncodedString()
          try site.write(#"{"auths":{"\#(registry.name)":{"auth":"\#(auth)"}}}"#, to: "config.json")
        }
        try login("another-password")
        let wrong = try await slipwayError { try await images.digest(of: reference, within: .seconds(10)) }
        #expect(wrong?.code == .registryUnauthorized)
        #expect(!String(describing: wrong).contains("another-password"))
        try login(RealRegistry.password)
        #expect(try await images.digest(of: reference, within: .seconds(10)) == digest)
        try site.write(#"{"credsStore":"tests"}"#, to: "config.json")
        try site.helper(
          "tests", #"read server; echo "{\"ServerURL\":\"$server\",\"Username\":\"deployer\",\"Secret\":\"\#(RealRegistry.password)\"}""#)
        #expect(try await images.digest(of: reference, within: .seconds(10)) == digest)
      }
    }
  }

  @Test("A certificate is trusted when its authority lies in the registry's folder, and otherwise nothing is said to it")
  func certificates() async throws {
    try await RegistrySite.with { site, images in
      try await RealRegistry.with(.secure, in: site.folder) { registry in
        let reference = try ImageReference("\(registry.name)/shop/api:v1")
        let trusted = site.folder.appending(path: "certs.d/\(registry.name)")
        try FileManager.default.createDirectory(at: trusted, withIntermediateDirectories: true)
        // Of another authority: the registry's own certificate is not signed by it.
        let stranger = site.folder.appending(path: "stranger")
        try FileManager.default.createDirectory(at: stranger, withIntermediateDirectories: true)
        try await RealRegistry.makeCertificates(in: stranger)
        try FileManager.default.copyItem(at: stranger.appending(path: "ca.crt"), to: trusted.appending(path: "ca.crt"))
        let error = try await slipwayError { try await images.digest(of: reference, within: .seconds(10)) }
        #expect(error?.code == .registryUnreachable)
        #expect(error?.remedy.contains("cluster: { image_pinning: tag }") == true)
        try FileManager.default.removeItem(at: trusted.appending(path: "ca.crt"))
        try FileManager.default.copyItem(at: site.folder.appending(path: "ca.crt"), to: trusted.appending(path: "ca.crt"))
        let missing = try await slipwayError { try await images.digest(of: reference, within: .seconds(10)) }
        #expect(missing?.code == .imageNotFound)
      }
    }
  }
}
