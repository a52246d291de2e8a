import SlipwayModel

extension SlipwayError.Code {
  package static let imageReference = Self("image-reference")
  package static let imageNotFound = Self("image-not-found")
  package static let registryUnauthorized = Self("registry-unauthorized")
  package static let registryUnreachable = Self("registry-unreachable")
  package static let registryAnswer = Self("registry-answer")
}

extension SlipwayError {
  static func imageReference(_ text: String, _ words: String, remedy: String) -> SlipwayError {
    SlipwayError(.imageReference, .input, "the image '\(text)' \(words)", remedy: remedy)
  }

  static func imageNotFound(_ reference: ImageReference, _ said: String = "") -> SlipwayError {
    SlipwayError(
      .imageNotFound, .input, "there is no image \(reference)" + said,
      remedy: "push it first, or correct `image` or the version; `docker manifest inspect` asks the same")
  }

  static func registryUnauthorized(_ message: String, remedy: String? = nil) -> SlipwayError {
    SlipwayError(
      .registryUnauthorized, .broken, message,
      remedy: remedy
        ?? "run `docker login` as the user that Slipway runs as, or correct `image`: registries answer so too when there is none")
  }

  static func registryUnreachable(_ message: String, _ cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(
      .registryUnreachable, .broken, message,
      remedy: "look whether this machine reaches it; if only the cluster does, set `cluster: { image_pinning: tag }` and never move a tag",
      cause: cause)
  }

  static func registryAnswer(_ message: String, _ cause: (any Error)? = nil) -> SlipwayError {
    SlipwayError(
      .registryAnswer, .broken, message, remedy: "look whether `image` names a registry, and what stands before it", cause: cause)
  }
}
