public import ModelIO

/// How a Keras model lies in an HDF5 file.
public enum KerasLayout: String, Sendable, Hashable {
    /// `model.save("x.h5")`: configuration at the root, weights below `model_weights`.
    case wholeModel = "keras-legacy-model"
    /// `model.save_weights("x.h5")` of Keras 1 and 2: weights by layer at the root.
    case legacyWeights = "keras-legacy-weights"
    /// `.weights.h5` of Keras 3 and late tf_keras: numbered variables below `layers/…/vars`.
    case weightsFile = "keras-weights"
    /// HDF5 that Keras did not write.
    case plain = "hdf5"
}

extension KerasLayout {
    /// Recognises the layout by what the root says, then by the paths of the variables.
    public init(of tree: FileTree) {
        guard let root = tree.entries.first else {
            self = .plain
            return
        }
        let layerNames = StringAttribute.names(of: "layer_names", on: root) != nil
        let topLevel = Set(tree.entries.lazy.map(\.path).filter { !$0.contains("/") })
        if !layerNames, topLevel.contains("model_weights") || root.attribute("model_config") != nil {
            self = .wholeModel
        } else if layerNames {
            self = .legacyWeights
        } else if tree.entries.contains(where: { KerasPaths.variable($0.path) != nil }) || topLevel.contains("vars") {
            self = .weightsFile
        } else {
            self = .plain
        }
    }

    /// The group that holds the weights by layer, where the layout is a legacy one.
    var weightsRoot: String? {
        switch self {
        case .wholeModel: "model_weights"
        case .legacyWeights: ""
        default: nil
        }
    }
}
