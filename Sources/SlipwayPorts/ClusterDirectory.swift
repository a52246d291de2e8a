import SlipwayModel

/// The clusters that services run in.
package protocol ClusterDirectory: Sendable {
  /// Target and router of one place in a cluster. Nothing is asked yet: what can't be reached says so when it is used.
  func place(_ kubernetes: KubernetesSpec) -> any DeploymentTarget & TrafficRouter
}
