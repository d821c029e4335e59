public import ModelIO
public import Networks
internal import Tensors

/// What Keras wrote into a file, read from its tree and the list of its tensors: layout, network, and what each
/// tensor is for. No values are read.
public struct KerasDocument: Sendable {
    public var layout: KerasLayout
    /// Whether these are the weights of a `.keras` archive, with its configuration.
    public var isArchive: Bool
    public var kerasVersion: String?
    public var backend: String?
    /// The model's configuration, JSON as it is in the file.
    public var config: String?
    public var network: Network?
    /// Why there is no network, as a sentence; nil where there is one.
    public var networkIssue: String?
    /// One for each tensor, in the order of the file.
    public var roles: [TensorRole]

    /// Reads what the file says. A configuration that is missing or broken is no error: `networkIssue` tells.
    ///
    /// - Parameters:
    ///   - config: the configuration, where it comes from elsewhere than the tree (a `.weights.h5` file has none).
    ///   - keepsNoise: whether the network is made for training.
    public init(tree: FileTree, tensors: [TensorInfo], config: String? = nil, keepsNoise: Bool = false) {
        layout = KerasLayout(of: tree)
        let index = TreeIndex(tree)
        let holders = [index[""], index[layout.weightsRoot ?? ""]].compactMap { $0 }
        func text(_ name: String) -> String? { holders.lazy.compactMap { StringAttribute.text(name, on: $0) }.first }
        kerasVersion = text("keras_version") ?? ArchiveDocument.kerasVersion(tree)
        backend = text("backend")
        let archived = ArchiveDocument.config(tree)
        isArchive = archived != nil
        self.config = config ?? archived ?? text("model_config")
        roles = []
        readNetwork(keepsNoise)
        readRoles(index, tensors)
    }

    /// The same, in the words of any format.
    public var model: ModelDocument {
        ModelDocument(layoutName: layoutName, network: network, networkIssue: networkIssue, roles: roles)
    }

    private var layoutName: String? {
        let version = kerasVersion.map { " of Keras \($0)" } ?? ""
        return switch layout {
        case .wholeModel: "whole model" + version
        case .legacyWeights: "legacy weights" + version
        case .weightsFile: (isArchive ? "model archive" : "weights file") + version
        case .plain: nil
        }
    }

    /// Tensors that hold the optimizer's state, in the order of the file.
    public var optimizerTensors: [String] { roles.filter(\.isOptimizerState).map(\.tensor) }

    private mutating func readNetwork(_ keepsNoise: Bool) {
        guard let config else {
            networkIssue =
                switch layout {
                case .wholeModel: "The file carries no model_config."
                case .legacyWeights, .weightsFile: "This is a weights-only file: it carries no model_config."
                case .plain: "Keras did not write this file: it carries no model_config."
                }
            return
        }
        do {
            let json = try JSONValue(parsing: config)
            network = try Network(kerasConfig: PruningWrappers.unwrapping(json)?.config ?? json, keepsNoise: keepsNoise)
        } catch let error as SparsifyError {
            networkIssue = "The model_config cannot be read: \(error.message)"
        } catch {
            networkIssue = "The model_config cannot be read."
        }
    }

    private mutating func readRoles(_ index: TreeIndex, _ tensors: [TensorInfo]) {
        let bindings: [String: WeightBinding] =
            switch layout {
            case .wholeModel, .legacyWeights: LegacyBinding(index, layout, network, tensors).bindings
            case .weightsFile: weightsFileBindings(index.tree, tensors)
            case .plain: [:]
            }
        let masks = PruningWrappers.masks(tensors, layout: layout)
        let quantized = QuantizedLayers(tensors, layout: layout)
        let judge = RoleJudge(
            layout: layout, network: network, bindings: bindings, masks: masks, quantized: quantized)
        roles = tensors.map(judge.role)
    }

    /// Wrapped layers are numbered with others of their kind, and so are found as they would be without wrappers.
    private func weightsFileBindings(_ tree: FileTree, _ tensors: [TensorInfo]) -> [String: WeightBinding] {
        guard let bare = try? PruningWrappers.stripping(tree, tensors, config: config) else {
            return WeightsFileBinding(network, tensors).bindings
        }
        var result: [String: WeightBinding] = [:]
        for (name, binding) in WeightsFileBinding(network, bare.tensors).bindings {
            result[bare.sources[name] ?? name] = binding
        }
        return result
    }
}
