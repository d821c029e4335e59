internal import ModelIO
internal import Networks
internal import Reports
internal import Tensors

/// What the layout of a file means: which tensor is which layer's weight, and the network, where there is one.
struct ModelAnalysis: Sendable {
    let document: ModelDocument
    /// By layer: how a weight of the file differs from what the configuration says.
    private let misfits: [String: String]
    /// For each tensor, whether it is pruned by default, and why.
    let choices: [TensorSelection.Choice]
    /// For each tensor, the layer it belongs to, where known.
    let layerNames: [String?]
    /// For each tensor, the name of its type as the file has it.
    let typeNames: [String]
    private let elementCounts: [Int]

    init(_ reader: any ModelReader) {
        document = Catalog.document(reader)
        misfits = Self.misfits(document, reader.tensors)
        let carried = reader.tree.carriedTypes
        choices = document.roles.map { role in
            carried[role.tensor].map { TensorSelection.Choice(isPrunable: false, reason: "\($0), passed through") }
                ?? TensorSelection.Choice(isPrunable: role.isPrunable, reason: role.reason)
        }
        typeNames = reader.tensors.map { carried[$0.name] ?? $0.elementType.name }
        layerNames = document.roles.map(\.layer)
        elementCounts = reader.tensors.map(\.elementCount)
    }

    /// How the file is laid out, in words.
    var layoutName: String? { document.layoutName }

    /// Why there are no operation counts, where there are none.
    var notes: [String] {
        document.networkIssue.map { ["operations are not counted: \($0)"] } ?? []
    }

    var roles: [TensorRole] { document.roles }

    /// Whether a parameter is all of a tensor, if in another order.
    private func isWhole(_ binding: TensorBinding, _ tensor: Int) -> Bool {
        binding.view.map { $0.elementCount == elementCounts[tensor] && $0.addends.count == 1 } ?? true
    }

    private static func misfits(_ document: ModelDocument, _ tensors: [TensorInfo]) -> [String: String] {
        var result: [String: String] = [:]
        for (role, tensor) in zip(document.roles, tensors) {
            guard let reference = role.parameter, let shape = document.network?.parameter(reference)?.shape,
                shape != tensor.shape
            else { continue }
            result[reference.layer] =
                "the configuration gives its \(reference.role) the shape \(shape), but the file has \(tensor.shape)"
        }
        return result
    }

    /// For each tensor, how its elements map to outputs, where it is the weight of a known layer.
    func outputMaps(_ tensors: [TensorInfo]) -> [OutputMap?] {
        zip(document.roles, tensors).map { role, tensor in
            guard let outputs = role.outputs, let binding = role.bindings.first,
                let parameter = document.network?.parameter(binding.parameter), let shape = parameter.shape,
                binding.view == nil ? shape == tensor.shape : shape.elementCount == tensor.elementCount
            else { return nil }
            let map = OutputMap(outputs, tensor.shape)
            let isSame = map.cellCount == parameter.role.outputs.cellCount(shape)
            return map.cellCount > 0 && isSame ? map : nil
        }
    }

    /// The layers with their operations; `evidence` says of tensor `index` how many elements are non-zero and how many
    /// outputs they feed. Without it, what the zeros spare is not known.
    ///
    /// - Parameter part: says the same of a part of tensor `index`, one that holds several parameters.
    func layers(
        evidence: ((Int) -> WeightEvidence?)?,
        part: (Int, TensorView, OutputIndexing) throws -> WeightEvidence
    ) throws -> [LayerReport] {
        guard let network = document.network else { return [] }
        var found: [ParameterReference: WeightEvidence] = [:]
        for (index, role) in document.roles.enumerated() {
            guard let evidence else { break }
            let whole = evidence(index)
            for binding in role.bindings {
                if let whole, isWhole(binding, index) {
                    found[binding.parameter] = whole
                } else if let view = binding.view, let known = network.parameter(binding.parameter)?.role,
                    known.isPrunable
                {
                    found[binding.parameter] = try part(index, view, known.outputs)
                }
            }
        }
        return try network.operationCounts { found[$0] }.layers.map { layer in
            let issue = layer.issue ?? misfits[layer.path]
            let dense = issue == nil ? layer.dense : nil
            let sparse = issue == nil && evidence != nil ? layer.sparse : nil
            return LayerReport(
                name: layer.path, kind: layer.className,
                outputShape: layer.outputs.isEmpty ? nil : layer.outputs.map(Self.text).joined(separator: ", "),
                multiplications: dense?.multiplications, additions: dense?.additions,
                sparseMultiplications: sparse?.multiplications, sparseAdditions: sparse?.additions, note: issue)
        }
    }

    /// `(28, 28, 1)`, with `?` for an extent that the model leaves open.
    private static func text(_ extents: Extents?) -> String {
        extents.map { "(" + $0.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + ")" } ?? "unknown"
    }
}
