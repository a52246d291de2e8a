import SlipwayEngine
import SlipwayModel
import Testing

@Suite("Plans for a cluster")
struct ClusterPlanTests {
  private let service = ServiceSpec(name: Name("api")!, image: "example.com/api")

  private func request(
    _ strategy: StrategySpec, router: KubernetesRouter = .replicas, replicas: Int = 10, rollback: RollbackSpec = RollbackSpec(),
    namespace: String = "shop", pinning: KubernetesSpec.ImagePinning = .digest
  ) -> DeployRequest {
    DeployRequest(
      service: Name("api")!, version: Version("v2")!,
      environment: EnvironmentSpec(
        name: Name("production")!, target: .kubernetes, listen: [:], replicas: replicas, services: [service], strategy: strategy,
        rollback: rollback, namespace: namespace,
        kubernetes: KubernetesSpec(namespace: Name(namespace)!, router: router, pinning: pinning)),
      configuration: Digest(hashing: []), folder: "work", reason: "test", actor: Actor(.person, "ann"))
  }

  private func live(_ replicas: Int = 10, router: KubernetesRouter = .replicas) -> LiveRelease {
    let digest = Digest(hashing: [1])
    return LiveRelease(
      slot: .blue, release: Release(version: Version("v1")!, artifact: digest, configuration: digest), replicas: replicas,
      service: service, kubernetes: KubernetesSpec(namespace: Name("shop")!, router: router))
  }

  private func canary(_ shares: [Double]) -> StrategySpec {
    .canary(
      CanarySpec(
        stages: shares.map {
          StageSpec(name: Percentage(percent: $0)!.description, traffic: Percentage(percent: $0)!, duration: .minutes(1))
        }))
  }

  @Test("An image under the version's tag is the source, and nothing is built here")
  func source() throws {
    let plan = try Plan.compile(request(.blueGreen(BlueGreenSpec())), live: nil)
    #expect(plan.source == ArtifactSource(folder: "work", build: nil, artifact: "example.com/api:v2"))
    #expect(plan.kubernetes == KubernetesSpec(namespace: Name("shop")!))
    #expect(plan.metrics?.source == .unmeasured)
  }

  @Test("With replicas as router a step says the share that its pods make, and keeps the live slot whole up to a half")
  func shares() throws {
    let plan = try Plan.compile(request(canary([10, 50, 75, 100])), live: live())
    #expect(plan.steps.map(\.candidateReplicas) == [1, 10, 10, 10])
    #expect(plan.steps.map(\.liveReplicas) == [10, 10, 3, 10])
    #expect(plan.steps.map(\.weight.description) == ["9.09%", "50%", "76.92%", "100%"])
    #expect(plan.steps.map(\.name) == ["10%", "50%", "75%", "100%"])
  }

  @Test("One pod beside one is a half, whatever was asked for")
  func half() throws {
    let plan = try Plan.compile(request(canary([10, 100]), replicas: 1), live: live(1))
    #expect(plan.steps.map(\.weight.description) == ["50%", "100%"])
  }

  @Test("A router with weights gets the shares as they were asked for, beside full slots")
  func weighted() throws {
    let plan = try Plan.compile(request(canary([10, 100]), router: .nginx(ingress: "{{service}}")), live: live(router: .service))
    #expect(plan.steps.map(\.weight.description) == ["10%", "100%"])
    #expect(plan.steps.map(\.candidateReplicas) == [10, 10])
    #expect(plan.kubernetes?.router == .nginx(ingress: "api"))
  }

  @Test("What a cluster can't do is refused before anything begins")
  func refused() {
    func code(_ request: DeployRequest, live: LiveRelease?) -> String? {
      do throws(SlipwayError) {
        _ = try Plan.compile(request, live: live)
        return nil
      } catch {
        return error.code.rawValue
      }
    }
    #expect(code(request(canary([10]), router: .service), live: live(router: .service)) == "share-not-possible")
    #expect(code(request(.blueGreen(BlueGreenSpec()), namespace: "other"), live: live()) == "service-moved")
    #expect(code(request(.blueGreen(BlueGreenSpec()), router: .gatewayAPI(route: "r")), live: live()) == "service-moved")
    #expect(code(request(.blueGreen(BlueGreenSpec()), pinning: .tag), live: live()) == "service-moved")
    let istio = KubernetesRouter.istio(IstioRouter(virtualService: "api"))
    #expect(code(request(canary([12.5]), router: istio), live: live(router: istio)) == "share-not-possible")
    let trigger = RollbackSpec(triggers: [
      Criterion(metric: .errorRate, comparison: .greater, bound: .percentage(Percentage(percent: 5)!), window: .minutes(2))
    ])
    #expect(code(request(.blueGreen(BlueGreenSpec()), rollback: trigger), live: live()) == "nothing-counts")
  }
}
