import SlipwayModel
import Testing

@testable import SlipwayKubernetes

@Suite("The name of an image")
struct ImageReferenceTests {
  private static let digits = String(repeating: "0123456789abcdef", count: 4)

  @Test(
    "What people leave out is filled in",
    arguments: [
      ("nginx", "docker.io/library/nginx"),
      ("nginx:1.27", "docker.io/library/nginx:1.27"),
      ("acme/api", "docker.io/acme/api"),
      ("docker.io/nginx", "docker.io/library/nginx"),
      ("index.docker.io/acme/api:v1", "docker.io/acme/api:v1"),
      ("ghcr.io/acme/api:v1.2.3", "ghcr.io/acme/api:v1.2.3"),
      ("localhost/api", "localhost/api"),
      ("localhost:5000/api:v1", "localhost:5000/api:v1"),
      // A name without a slash has a tag and no port.
      ("localhost:5000", "docker.io/library/localhost:5000"),
      ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c"),
      ("[::1]:5000/api", "[::1]:5000/api"),
      ("[fd00:1::2]/api:v1", "[fd00:1::2]/api:v1"),
      ("Registry/api", "Registry/api"),
      ("registry.example.com/team_a/api__x/y-z---w.v:Tag_1.0-x", "registry.example.com/team_a/api__x/y-z---w.v:Tag_1.0-x"),
      ("api@sha256:" + digits, "docker.io/library/api@sha256:" + digits),
      ("ghcr.io/a/api:v1@sha256:" + digits, "ghcr.io/a/api:v1@sha256:" + digits),
    ])
  func normal(text: String, full: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.description == full)
    #expect(try ImageReference(full) == reference)
  }

  @Test(
    "What is no name is refused with the part that is wrong",
    arguments: [
      ("", "has no name"), ("ghcr.io/", "has no name"), ("Api", "no capital letters"), ("ghcr.io/Acme/api", "no capital letters"),
      ("a//b", "which is none"), ("/a", "which is none"), ("a/", "which is none"), ("-a", "which is none"), ("a_", "which is none"),
      ("a..b", "which is none"), ("a___b", "which is none"), ("a._b", "which is none"), ("ä", "which is none"), ("a b", "which is none"),
      ("a:", "which no registry takes"), ("a:-v1", "which no registry takes"), ("a:v1+x", "which no registry takes"),
      ("a:" + String(repeating: "x", count: 129), "which no registry takes"), ("a:b:c", "which no registry takes"),
      ("-x.io/a", "which is no registry"), ("x..io/a", "which is no registry"), ("x.io:/a", "which is no registry"),
      ("x.io:99999/a", "which is no registry"), ("x.io:5k/a", "which is no registry"), ("[::1/a", "which is no registry"),
      ("[zz]/a", "which is no registry"), ("http://x.io/a", "which is no registry"), (digits, "is a digest without a name"),
      ("a@sha512:" + digits + digits, "which is no SHA-256"), ("a@sha256:12", "has a digest that is none"),
      ("a@sha256:" + digits.uppercased(), "has a digest that is none"),
      (String(repeating: "a", count: 256), "255 are allowed"),
    ])
  func refused(text: String, words: String) throws {
    let error = try #require(throws: SlipwayError.self) { try ImageReference(text) }
    #expect(error.code == .imageReference)
    #expect(error.kind == .input)
    #expect(error.message.contains(words), "\(error.message)")
    #expect(!error.remedy.isEmpty)
  }

  @Test("A version of a service is its image with the version as tag")
  func version() throws {
    let reference = try ImageReference("ghcr.io/acme/api", version: Version("v1.2")!)
    #expect([reference.registry, reference.repository, reference.tag, reference.asked] == ["ghcr.io", "acme/api", "v1.2", "v1.2"])
    #expect(throws: SlipwayError.self) { try ImageReference("ghcr.io/acme/api:latest", version: Version("v1.2")!) }
    // A plus sign is allowed in a version and in no tag.
    #expect(throws: SlipwayError.self) { try ImageReference("ghcr.io/acme/api", version: Version("v1.2+3")!) }
  }

  @Test("A pinned image is named by its digest alone, and asked for by it")
  func pinned() throws {
    let digest = Digest(hashing: Array("manifest".utf8))
    let pinned = try ImageReference("api:v1").pinned(to: digest)
    #expect(pinned.description == "docker.io/library/api@\(digest)")
    #expect(pinned.asked == digest.description)
    #expect(try ImageReference("api").asked == "latest")
  }
}
