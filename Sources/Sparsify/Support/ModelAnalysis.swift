internal import KerasModels
internal import ModelIO
internal import Networks
internal import Reports
internal import Tensors

/// What the layout of a file means: which tensor is which layer's weight, and the network, where there is one.
struct ModelAnalysis: Sendable {
    private let document: KerasDocument

    init(_ reader: any ModelReader) {
        document = KerasDocument(tree: reader.tree, tensors: reader.tensors)
    }

    /// In words, with the version that wrote it.
    var layoutName: String? {
        let version = document.kerasVersion.map { " of Keras \($0)" } ?? ""
        return switch document.layout {
        case .wholeModel: "whole model" + version
        case .legacyWeights: "legacy weights" + version
        case .weightsFile: "weights file" + version
        case .plain: nil
        }
    }

    /// Why there are no operation counts, where there are none.
    var notes: [String] {
        document.networkIssue.map { ["operations are not counted: \($0)"] } ?? []
    }

    var roles: [TensorRole] { document.roles }

    /// For each tensor, the layer it belongs to, where known.
    var layerNames: [String?] { document.roles.map(\.layer) }

    var choices: [TensorSelection.Choice] {
        document.roles.map { TensorSelection.Choice(isPrunable: $0.isPrunable, reason: $0.reason) }
    }

    /// For each tensor, how its elements map to outputs, where it is the weight of a known layer.
    func outputMaps(_ tensors: [TensorInfo]) -> [OutputMap?] {
        zip(document.roles, tensors).map { role, tensor in
            guard role.parameter != nil, let outputs = role.outputs else { return nil }
            return OutputMap(outputs, shape: tensor.shape)
        }
    }

    /// The layers with their operations; `evidence` says of tensor `index` how many elements are non-zero and how many
    /// outputs they feed. Without it, what the zeros spare is not known.
    func layers(evidence: ((Int) -> WeightEvidence?)?) throws -> [LayerReport] {
        guard let network = document.network else { return [] }
        var found: [ParameterReference: WeightEvidence] = [:]
        for (index, role) in document.roles.enumerated() {
            if let parameter = role.parameter, let weight = evidence?(index) { found[parameter] = weight }
        }
        return try network.operationCounts { found[$0] }.layers.map { layer in
            LayerReport(
                name: layer.path, kind: layer.className,
                outputShape: layer.outputs.isEmpty ? nil : layer.outputs.map(Self.text).joined(separator: ", "),
                multiplications: layer.dense?.multiplications, additions: layer.dense?.additions,
                sparseMultiplications: evidence == nil ? nil : layer.sparse?.multiplications,
                sparseAdditions: evidence == nil ? nil : layer.sparse?.additions,
                note: layer.issue)
        }
    }

    /// `(28, 28, 1)`, with `?` for an extent that the model leaves open.
    private static func text(_ extents: Extents?) -> String {
        extents.map { "(" + $0.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + ")" } ?? "unknown"
    }
}
