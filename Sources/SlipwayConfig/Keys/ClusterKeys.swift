extension Keys {
  static let cluster: [Key] = [
    Key("context", .text(.filled), default: "the current one", example: "production", "Context of the kubeconfig."),
    Key(
      "kubeconfig", .either(.text(.file), .list(of: .text(.file), upTo: 20)), default: "`$KUBECONFIG`, or `~/.kube/config`",
      example: "deploy/kubeconfig", "File, or files, with the cluster's address and credentials. Inside a cluster its own is used."),
    Key(
      "router", .either(.choice(["service", "replicas", "nginx", "istio", "gateway_api"]), .section(.router)), default: "`replicas`",
      example: "nginx",
      "What divides the requests. `service`: the Service's selector, all or nothing. `replicas`: the same, and shares by numbers of pods."),
    Key(
      "manifests", .text(.file), default: "Slipway's own", example: "deploy/api.yaml",
      "File or folder with a Deployment, and what belongs to it, that the slots are made from: plain or rendered YAML, or a Kustomize folder."
    ),
    Key(
      "adopt", .text(.filled), default: "none", example: "api",
      "A Deployment that serves now, under the Service of the service's name. The first release takes its requests over; it stays."),
    Key(
      "image_pinning", .choice(["digest", "tag"]), default: "`digest`", example: "tag",
      "`digest`: the registry is asked what the tag stands for, and pods run that. `tag`: for registries that only the cluster reaches."),
  ]

  static let router: [Key] = [
    Key(
      "nginx", .section(.nginxRouter), example: "{ ingress: api }",
      "Canary annotations of the NGINX Ingress controller, on a second Ingress beside the service's."),
    Key("istio", .section(.istioRouter), example: "{ virtual_service: api }", "The weights of a VirtualService."),
    Key("gateway_api", .section(.gatewayRouter), example: "{ route: api }", "The weights of an HTTPRoute."),
  ]

  static let nginxRouter: [Key] = [
    Key("ingress", .text(.filled), default: "the service's name", example: "api", "The Ingress that leads to the service.")
  ]

  static let istioRouter: [Key] = [
    Key("virtual_service", .text(.filled), default: "the service's name", example: "api", "The VirtualService that leads to the service."),
    Key(
      "routes", .list(of: .text(.filled), upTo: 50), default: "the only one", example: "[primary]",
      "Names of its HTTP routes whose weights are set."),
    Key(
      "destination_rule", .text(.filled), default: "none: the slots are hosts", example: "api",
      "The DestinationRule whose subsets are the slots."),
  ]

  static let gatewayRouter: [Key] = [
    Key("route", .text(.filled), default: "the service's name", example: "api", "The HTTPRoute that leads to the service.")
  ]
}
