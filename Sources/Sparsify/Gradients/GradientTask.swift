internal import Inference
internal import Networks
internal import Pruning
internal import Tensors
internal import Training

/// A pruning whose criterion looks at the loss: the loss over the task's data, and its weights.
struct GradientTask {
    let task: DataTask
    let loss: NetworkLoss
    let weights: [Float]

    /// - Parameters:
    ///   - criterion: its name, for messages.
    ///   - kind: nil: what the network's end and the labels suggest.
    /// - Throws: `usage` where there are no labels; `unsupported` where there is no gradient of the network or a prunable
    ///   tensor takes no part in it.
    init(_ task: DataTask, criterion: String, kind: LossKind?) throws {
        self.task = task
        let examples = try task.data.examples(for: task.model.network, criterion: criterion)
        let tensors = task.model.tensors.indices.map { tensor in
            BoundTensor(
                name: task.model.tensors[tensor].name, count: task.model.tensors[tensor].elementCount,
                bindings: task.model.bindings(tensor))
        }
        loss = try NetworkLoss(
            task.model.network, task.model.parameters, prunable: tensors, examples, loss: kind,
            threads: task.options.threads)
        weights = try task.model.tensors.indices.flatMap { try task.model.values($0) }
        guard weights.allSatisfy(\.isFinite) else {
            throw SparsifyError(.numerical, "Some weights are infinite or no numbers: the loss has no gradient.")
        }
    }

    /// Prunes by scores that lie as the weights do.
    func prune(byScores scores: [Float], criterion: String) throws -> [TensorOutcome] {
        try task.prune(byScores: loss.tensors.map { Array(scores[$0]) }, criterion: criterion)
    }

    /// How many weights go.
    var targets: RemovalTargets {
        let counts = task.model.tensors.map(\.elementCount)
        if let zeros = task.zeros {
            return .each(zeros.indices.map { task.allowed($0, zeros[$0]) })
        }
        return .global(
            zeros: task.request.zeros(of: counts.reduce(0, +)),
            floors: counts.map { min(task.request.minimumKept, $0) })
    }

    /// Puts weights into the model; those that are not kept become zero.
    func store(_ weights: [Float], _ isKept: [Bool]) throws -> [TensorOutcome] {
        try loss.tensors.enumerated().map { tensor, range in
            let kept = Array(isKept[range])
            try task.model.set(tensor, Array(weights[range]), kept: kept)
            let count = kept.count { $0 }
            return TensorOutcome(
                pruned: range.count - count, kept: count,
                isHeldByFloor: range.count - count < task.zeros?[tensor] ?? 0)
        }
    }

    /// Which weights are not zero now.
    func kept() throws -> [Bool] {
        try task.model.tensors.indices.flatMap { try task.model.values($0).map { $0 != 0 } }
    }
}

extension CalibrationData {
    /// The examples with their labels as the loss takes them.
    ///
    /// - Throws: `usage` where there are none.
    func examples(for network: Network, criterion: String) throws -> Examples {
        guard let labels, !labels.values.isEmpty else {
            throw SparsifyError(
                .usage, "'\(criterion)' looks at the loss, and there are no labels.",
                remedy: "Give them as y in --data, or with --data-y FILE.")
        }
        let output = (network.outputs.first.flatMap { network.program[$0].extents } ?? []).map { $0 ?? 0 }
        let rule = LabelRule(labels: labels.shape, output: [count] + output, ending: network.ending)
        let converted: Labels =
            if case .classes = rule {
                .classes(labels.values.map { Int32($0) })
            } else {
                .values(labels.values.map(Float.init))
            }
        return try Examples(
            count: count, extents: inputs.map { Array($0.shape.dropFirst()) }, inputs: inputs.map(\.store),
            labels: converted)
    }
}
