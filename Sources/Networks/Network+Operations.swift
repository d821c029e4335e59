internal import Tensors

/// What one layer costs over all of its calls.
public struct LayerOperations: Sendable, Hashable {
    public var path: String
    public var className: String
    /// Shapes of the outputs of its first call, without the batch axis; nil for one that is not known.
    public var outputs: [Extents?]
    /// How often it is called for one example; 0 for a layer that nothing uses.
    public var calls: Int
    /// With every weight taken to be non-zero; nil where unknown.
    public var dense: OperationCounts?
    /// With the weights that are not zero alone; nil where unknown.
    public var sparse: OperationCounts?
    /// Why the operations are unknown, as a clause.
    public var issue: String?
}

/// What a network costs, layer by layer. Layers that are models have no entry of their own, their layers do.
public struct NetworkOperations: Sendable, Hashable {
    public var layers: [LayerOperations]
    /// Sums over the layers whose operations are known.
    public var dense: OperationCounts
    public var sparse: OperationCounts

    /// Layers whose operations are unknown. The sums are whole only where there are none.
    public var unknown: [LayerOperations] { layers.filter { $0.dense == nil } }
    public var isComplete: Bool { layers.allSatisfy { $0.dense != nil } }
}

extension Network {
    /// Counts the operations of one pass over one example, by the conventions of `OperationCounts`.
    ///
    /// - Parameter evidence: what a weight parameter holds; nil: taken as dense.
    /// - Throws: `malformed` where a count overflows, `disagreement` where evidence does not fit the parameter's shape.
    public func operationCounts(
        _ evidence: (ParameterReference) -> WeightEvidence? = { _ in nil }
    ) throws -> NetworkOperations {
        var result = NetworkOperations(layers: [], dense: .zero, sparse: .zero)
        var callsByLayer: [Int: [Call]] = [:]
        for call in calls { callsByLayer[call.layer, default: []].append(call) }
        for (position, layer) in layers.enumerated() where !layer.isModel {
            let entry = try operations(of: layer, callsByLayer[position] ?? [], evidence)
            if let dense = entry.dense, let sparse = entry.sparse {
                result.dense = try result.dense.adding(dense)
                result.sparse = try result.sparse.adding(sparse)
            }
            result.layers.append(entry)
        }
        return result
    }

    private func operations(
        of layer: Layer, _ calls: [Call], _ evidence: (ParameterReference) -> WeightEvidence?
    ) throws -> LayerOperations {
        var entry = LayerOperations(
            path: layer.path, className: layer.className,
            outputs: calls.first.map { $0.outputs.map { program[$0].extents } } ?? [], calls: calls.count,
            dense: .zero, sparse: .zero, issue: layer.issue)
        for call in calls {
            entry.issue = entry.issue ?? call.issue
            for step in program.steps[call.steps] where entry.issue == nil {
                guard let dense = try counts(step, { _ in nil }), let sparse = try counts(step, evidence) else {
                    entry.issue = "the model leaves the size of its input open"
                    break
                }
                entry.dense = try entry.dense?.adding(dense)
                entry.sparse = try entry.sparse?.adding(sparse)
            }
        }
        if entry.issue != nil {
            entry.dense = nil
            entry.sparse = nil
        }
        return entry
    }

    private func counts(
        _ step: Step, _ evidence: (ParameterReference) -> WeightEvidence?
    ) throws -> OperationCounts? {
        var weights: [WeightEvidence] = []
        for reference in step.parameters {
            guard let parameter = parameter(reference), let shape = parameter.shape else { return nil }
            let full = WeightEvidence(
                nonzeros: shape.elementCount, occupiedOutputs: parameter.role.outputs.cellCount(shape))
            let found = parameter.role.isPrunable ? evidence(reference) ?? full : full
            guard found.nonzeros >= 0, found.nonzeros <= full.nonzeros,
                found.occupiedOutputs >= min(found.nonzeros, full.occupiedOutputs, 1),
                found.occupiedOutputs <= min(found.nonzeros, full.occupiedOutputs)
            else {
                throw SparsifyError(
                    .disagreement,
                    "\(found.nonzeros) non-zeros that feed \(found.occupiedOutputs) outputs do not fit the shape \(shape).",
                    tensor: "\(reference.layer)/\(reference.role)")
            }
            weights.append(found)
        }
        let step = StepEvidence(
            inputs: step.inputs.map { program[$0].extents ?? [] },
            outputs: step.outputs.map { program[$0].extents ?? [] },
            weights: weights, copies: program[step.inputs[0]].copies, primitive: step.primitive)
        return try step.total()
    }
}
