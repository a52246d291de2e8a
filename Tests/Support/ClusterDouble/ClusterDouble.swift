/// An API server in memory.
package enum ClusterDouble {}
