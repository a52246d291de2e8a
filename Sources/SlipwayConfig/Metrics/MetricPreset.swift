import SlipwayModel

/// Ready-made queries for one kind of router. They become part of the plan as they are, so that a later version of Slipway
/// does not ask a running rollout's source something else.
package struct MetricPreset: Hashable, Sendable {
  package let name: String
  /// What it is for and what it takes for granted; Markdown, one line.
  package let meaning: String
  package let counts: PrometheusCounts

  private init(
    _ name: String, _ meaning: String, requests: String, errors: String, latency: String, unit: LatencyUnit = .seconds
  ) {
    self.name = name
    self.meaning = meaning
    counts = PrometheusCounts(
      requests: requests, errors: errors, latency: latency,
      latencySum: latency.replacing("_bucket{", with: "_sum{"), unit: unit)
  }

  /// All of them, in the order of the documentation.
  package static let all: [MetricPreset] = [
    MetricPreset(
      "http", "An application's own `http_requests_total` and `http_request_duration_seconds`, with labels `service`, `slot` and `code`.",
      requests: #"http_requests_total{service="{{service}}",slot="{{slot}}"}"#,
      errors: #"http_requests_total{service="{{service}}",slot="{{slot}}",code=~"5.."}"#,
      latency: #"http_request_duration_seconds_bucket{service="{{service}}",slot="{{slot}}"}"#),
    MetricPreset(
      "nginx_ingress",
      "ingress-nginx, each slot a Kubernetes Service called `{{workload}}`; scraped with `honor_labels: true`, so that its labels keep their names.",
      requests: #"nginx_ingress_controller_requests{namespace="{{namespace}}",service="{{workload}}"}"#,
      errors: #"nginx_ingress_controller_requests{namespace="{{namespace}}",service="{{workload}}",status=~"5.."}"#,
      latency: #"nginx_ingress_controller_request_duration_seconds_bucket{namespace="{{namespace}}",service="{{workload}}"}"#),
    MetricPreset(
      "istio", "Istio's standard metrics as the slot's own proxies report them, each slot a workload called `{{workload}}`.",
      requests: istio("istio_requests_total", reporter: "destination"),
      errors: istio("istio_requests_total", reporter: "destination", #",response_code=~"5..|0""#),
      latency: istio("istio_request_duration_milliseconds_bucket", reporter: "destination"), unit: .milliseconds),
    MetricPreset(
      "istio_gateway", "The same as an Istio gateway reports them (Gateway API or Istio's own), for services without proxies of their own.",
      requests: istio("istio_requests_total", reporter: "source"),
      errors: istio("istio_requests_total", reporter: "source", #",response_code=~"5..|0""#),
      latency: istio("istio_request_duration_milliseconds_bucket", reporter: "source"), unit: .milliseconds),
    envoy("envoy", "Any Envoy, each slot a cluster called `{{workload}}`.", cluster: #"="{{workload}}""#),
    envoy(
      "envoy_gateway", "Envoy Gateway (Gateway API), each slot behind an HTTPRoute of its own called `{{workload}}`.",
      cluster: #"=~"httproute/{{namespace}}/{{workload}}/.+""#),
    envoy(
      "contour", "Contour (Gateway API or HTTPProxy), each slot a Kubernetes Service called `{{workload}}`.",
      cluster: #"=~"{{namespace}}_{{workload}}_.+""#),
    MetricPreset(
      "traefik", "Traefik (Gateway API or Ingress), each slot a Kubernetes Service called `{{workload}}`.",
      requests: #"traefik_service_requests_total{service=~"{{namespace}}-{{workload}}-.+@kubernetes.*"}"#,
      errors: #"traefik_service_requests_total{service=~"{{namespace}}-{{workload}}-.+@kubernetes.*",code=~"5.."}"#,
      latency: #"traefik_service_request_duration_seconds_bucket{service=~"{{namespace}}-{{workload}}-.+@kubernetes.*"}"#),
  ]

  private static func istio(_ metric: String, reporter: String, _ more: String = "") -> String {
    metric
      + #"{reporter=""# + reporter
      + #"",destination_workload_namespace="{{namespace}}",destination_workload="{{workload}}""# + more + "}"
  }

  private static func envoy(_ name: String, _ meaning: String, cluster: String) -> MetricPreset {
    MetricPreset(
      name, meaning, requests: "envoy_cluster_upstream_rq_xx{envoy_cluster_name\(cluster)}",
      errors: #"envoy_cluster_upstream_rq_xx{envoy_cluster_name"# + cluster + #",envoy_response_code_class="5"}"#,
      latency: "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name\(cluster)}", unit: .milliseconds)
  }

  /// Ready-made queries for readings, by name. Shares are those of the slot's busiest pod; connections are those of the busiest
  /// database server, which both slots share.
  package static let saturation: [String: String] = [
    "cpu": #"""
    max(sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="{{namespace}}",pod=~"{{workload}}-.+",container!=""}[{{window}}])) / sum by (pod) (kube_pod_container_resource_limits{namespace="{{namespace}}",pod=~"{{workload}}-.+",resource="cpu"}))
    """#,
    "memory": #"""
    max(sum by (pod) (container_memory_working_set_bytes{namespace="{{namespace}}",pod=~"{{workload}}-.+",container!=""}) / sum by (pod) (kube_pod_container_resource_limits{namespace="{{namespace}}",pod=~"{{workload}}-.+",resource="memory"}))
    """#,
    "db_connections": #"""
    max(sum by (instance) (pg_stat_database_numbackends) / on (instance) max by (instance) (pg_settings_max_connections))
    """#,
  ]
}
