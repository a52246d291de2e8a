import SlipwayKubernetes
import SlipwayModel
import SlipwayPorts
import Testing

/// The suite itself.
@Suite("The conformance suite")
struct SuiteTests {
  @Test(
    "It runs against the cluster that SLIPWAY_TEST_KUBECONFIG names",
    .enabled(
      if: Place.isGiven,
      "SLIPWAY_TEST_KUBECONFIG names no kubeconfig, so the suite ran against the double of a cluster (docs/kubernetes/conformance.md)"))
  func given() { #expect(Place.present.lack == nil) }

  @Test("Images are named with their tags, and what is missing is said")
  func images() {
    let two = Place(["SLIPWAY_TEST_KUBECONFIG": "/k", "SLIPWAY_TEST_IMAGE": "localhost:5000/web:1, other/app"])
    #expect(two.images.map(\.name) == ["localhost:5000/web", "other/app"])
    #expect(two.images.map(\.tag) == ["1", "latest"])
    #expect(two.lack == nil)
    #expect(Place(["SLIPWAY_TEST_KUBECONFIG": "/k"]).lack?.contains("SLIPWAY_TEST_IMAGE") == true)
    #expect(Place(["SLIPWAY_TEST_KUBECONFIG": "/k", "SLIPWAY_TEST_IMAGE": "a@sha256:1"]).lack != nil)
    #expect(Place([:]).lack == nil)
  }

  private struct OnPurpose: Error {}

  @Test("A namespace is taken away when its test fails", .enabled(if: Place.canRun, Comment(rawValue: Place.present.lack ?? "")))
  func cleansUp() async throws {
    try await Place.present.withKubeconfig { file in
      let kept = Kept()
      await #expect(throws: OnPurpose.self) {
        try await Site.run(in: file) { site in
          await kept.keep(site.namespace)
          throw OnPurpose()
        }
      }
      let client = try Site.connect(file)
      let name = try #require(await kept.namespace)
      let left = try await client.get(ObjectKey(.namespace, namespace: nil, name: name.description), ClusterCall("look"))
      #expect(left.map { $0.json[path: ["metadata", "deletionTimestamp"]] != nil } ?? true)
      await client.close()
    }
  }

  private actor Kept {
    private(set) var namespace: Name?
    func keep(_ name: Name) { namespace = name }
  }
}
