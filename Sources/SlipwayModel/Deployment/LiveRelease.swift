/// A release that has a slot, with everything needed to start it again: its configuration goes back with its code.
package struct LiveRelease: Hashable, Sendable, Codable {
  package let slot: Slot
  package let release: Release
  package let replicas: Int
  package let service: ServiceSpec
  /// Where it is served; `nil` when the target's router needs no address.
  package let listen: ListenAddress?
  /// Where in a cluster it is; `nil`: on this machine.
  package let kubernetes: KubernetesSpec?

  package init(
    slot: Slot, release: Release, replicas: Int, service: ServiceSpec, listen: ListenAddress? = nil, kubernetes: KubernetesSpec? = nil
  ) {
    self.slot = slot
    self.release = release
    self.replicas = replicas
    self.service = service
    self.listen = listen
    self.kubernetes = kubernetes
  }
}
