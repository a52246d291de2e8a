import SlipwayModel

extension SlipwayError.Code {
  package static let kubeconfigMissing = Self("kubeconfig-missing")
  package static let kubeconfigInvalid = Self("kubeconfig-invalid")
  package static let clusterCredentials = Self("cluster-credentials")
  package static let clusterUnreachable = Self("cluster-unreachable")
  package static let clusterUnauthorized = Self("cluster-unauthorized")
  package static let clusterForbidden = Self("cluster-forbidden")
  package static let clusterBusy = Self("cluster-busy")
  package static let clusterTooOld = Self("cluster-too-old")
  package static let clusterAnswer = Self("cluster-answer")
  package static let kindNotServed = Self("kind-not-served")
  package static let objectNotFound = Self("object-not-found")
  package static let objectExists = Self("object-exists")
  package static let objectConflict = Self("object-conflict")
  package static let objectInvalid = Self("object-invalid")
  package static let fieldConflict = Self("field-conflict")
  package static let quotaExceeded = Self("quota-exceeded")
  package static let admissionRefused = Self("admission-refused")
}

extension SlipwayError {
  static func kubeconfigMissing(_ message: String) -> SlipwayError {
    SlipwayError(
      .kubeconfigMissing, .input, message,
      remedy: "name the file under `kubernetes.kubeconfig` or in KUBECONFIG, and a context that `kubectl config get-contexts` shows")
  }

  static func kubeconfigInvalid(_ message: String, remedy: String = "correct it; `kubectl config view` shows what kubectl makes of it")
    -> SlipwayError
  {
    SlipwayError(.kubeconfigInvalid, .input, message, remedy: remedy)
  }

  static func clusterCredentials(_ message: String, remedy: String = "log in to the cluster again, or correct the kubeconfig")
    -> SlipwayError
  {
    SlipwayError(.clusterCredentials, .broken, message, remedy: remedy)
  }

  static func clusterUnreachable(_ message: String, _ cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(
      .clusterUnreachable, .broken, message,
      remedy: "look whether `kubectl version` reaches it with the same kubeconfig and context", cause: cause)
  }

  static func clusterBusy(_ message: String) -> SlipwayError {
    SlipwayError(.clusterBusy, .broken, message, remedy: "try again later; `kubectl get --raw /readyz` says how the API server is")
  }

  static func clusterAnswer(_ message: String, _ cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(
      .clusterAnswer, .broken, message, remedy: "look whether the server of the kubeconfig is an API server, and what stands before it",
      cause: cause)
  }
}
