import SlipwayModel

/// Tells a person's edit from what a tool declares, by `metadata.managedFields`.
///
/// Slipway takes no field that somebody else declares. An edit made by hand (`kubectl edit`, `kubectl patch`, `kubectl scale`) of a field
/// that Slipway has applied declares nothing: nobody writes it again, and while it stands the way back would be barred. So it is put
/// back, as any other change of the split is.
enum HandEdit {
  /// Whether a conflict may be decided in Slipway's favour.
  ///
  /// - Parameter present: the object that the conflict is about, with its `managedFields`.
  static func mayBeTakenBack(_ conflict: FieldConflict, in present: ObjectDocument?) -> Bool {
    let entries = present?.json[path: ["metadata", "managedFields"]]?.items ?? []
    func operations(_ manager: String) -> Set<String> {
      Set(entries.filter { $0["manager"]?.text == manager && $0["subresource"] == nil }.compactMap { $0["operation"]?.text })
    }
    return isByHand(conflict.manager) && operations(conflict.manager) == ["Update"]
      && operations(KubernetesClient.fieldManager).contains("Apply")
  }

  /// kubectl names itself after the command. `kubectl apply` is what pipelines run, so it counts as a declaration.
  private static func isByHand(_ manager: String) -> Bool {
    manager.hasPrefix("kubectl-") && manager != "kubectl-client-side-apply"
  }
}
