internal import LinearAlgebra
internal import Networks
internal import Pruning
internal import Reports
internal import Tensors

/// Prunes tensor by tensor, in the order of the network, each by the inputs that its layer gets from those pruned before.
///
/// A forward pass up to the layer is run for each tensor. Where the criterion's reconstruction error is greater than that
/// of magnitude at the same sparsity, magnitude's mask is taken, and the report says so.
struct LayerwisePruning: DataCriterion {
    let criterion: any LayerCriterion

    func prune(_ task: DataTask) throws -> DataOutcome {
        var outcome = DataOutcome(tensors: [])
        let inputs = LayerInputs(model: task.model, data: task.data, options: task.options)
        let uses = task.model.tensors.indices.map { tensor in
            task.model.parameter(tensor).map(inputs.uses) ?? []
        }
        let order = try Self.order(task.model, uses)
        task.options.progress?.begin("pruning layers", total: order.count)
        var tensors: [Int: TensorOutcome] = [:]
        for tensor in order {
            try task.options.cancellation?.check()
            tensors[tensor] = try prune(tensor, uses[tensor], inputs, task, &outcome)
            task.options.progress?.add(1)
        }
        outcome.tensors = order.indices.map { tensors[$0]! }
        return outcome
    }

    /// Tensors by the first step that uses them; those that none uses last.
    private static func order(_ model: WorkingModel, _ uses: [[LayerInputs.Use]]) throws -> [Int] {
        let steps = Dictionary(
            model.network.program.steps.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func place(_ tensor: Int) -> (Int, Int, Int) {
            guard let use = uses[tensor].first else { return (.max, 0, tensor) }
            return (steps[use.step] ?? .max, use.position, tensor)
        }
        return model.tensors.indices.sorted { place($0) < place($1) }
    }

    private func prune(
        _ tensor: Int, _ uses: [LayerInputs.Use], _ inputs: LayerInputs, _ task: DataTask, _ outcome: inout DataOutcome
    ) throws -> TensorOutcome {
        let info = task.model.tensors[tensor]
        let values = try task.model.values(tensor)
        let shape = task.model.extents(tensor)
        let nonfinite = values.count { !$0.isFinite }
        var result = TensorOutcome(pruned: 0, kept: info.elementCount, nonfinite: nonfinite)
        let wanted = task.zeros?[tensor] ?? task.request.zeros(of: info.elementCount)
        let allowed = task.allowed(tensor, wanted)
        result.isHeldByFloor = allowed < wanted
        let found = uses.isEmpty || nonfinite > 0 ? nil : try inputs.grams(uses, shape: shape)
        var problems: [LayerProblem] = []
        if let found {
            if let note = found.note { outcome.notes.append("\(info.name): \(note)") }
            problems = found.grams.enumerated().map { index, gram in
                LayerProblem(
                    outputs: found.weights.outputs.count, inputs: found.weights.inputs.count,
                    weights: found.weights.gather(index, from: values), gram: gram)
            }
        }
        guard let found, problems.contains(where: { $0.gram.diagonal.contains { $0 > 0 } }) else {
            let reason =
                nonfinite > 0
                ? "it holds numbers that are not finite"
                : found == nil ? "no inputs of matrices of it are known" : "its inputs are all zero in the data"
            guard task.pattern == nil else {
                outcome.notes.append("\(info.name): not pruned: \(reason), and the pattern needs them")
                return result
            }
            outcome.notes.append("\(info.name): pruned by magnitude: \(reason)")
            return try byMagnitude(tensor, values, allowed, result, task)
        }
        let target = task.pattern.map(LayerTarget.pattern) ?? .zeros(allowed)
        let magnitude = LayerMagnitude().prune(problems, target, threads: task.options.threads)
        let magnitudeError = magnitude.error(problems)
        var chosen: LayerResult
        do {
            chosen = try criterion.prune(problems, target, threads: task.options.threads)
        } catch let error as SparsifyError {
            throw error.located(tensor: info.name)
        }
        let error = chosen.error(problems)
        if magnitudeError < error {
            outcome.notes.append(
                "\(info.name): magnitude's mask was taken, whose reconstruction error is \(magnitudeError), not \(error)"
            )
            chosen = magnitude
        }
        outcome.layers.append(
            LayerErrorReport(
                tensor: info.name, method: chosen.method, damping: chosen.damping, magnitudeError: magnitudeError,
                error: min(error, magnitudeError)))
        try store(chosen, tensor, values, found.weights, task.model)
        result.kept = chosen.kept.reduce(0) { $0 + $1.count { $0 } }
        result.pruned = info.elementCount - result.kept
        return result
    }

    /// Weights that are kept and did not change keep their bits.
    private func store(
        _ result: LayerResult, _ tensor: Int, _ values: [Float], _ matrices: WeightMatrices, _ model: WorkingModel
    ) throws {
        var (changed, kept) = (values, values.map { _ in true })
        for index in result.weights.indices {
            matrices.scatter(result.weights[index].map { Float($0) }, index, to: &changed)
            matrices.scatter(result.kept[index], index, to: &kept)
        }
        try model.set(tensor, changed, kept: kept)
    }

    private func byMagnitude(
        _ tensor: Int, _ values: [Float], _ zeros: Int, _ outcome: TensorOutcome, _ task: DataTask
    ) throws -> TensorOutcome {
        let problem = LayerProblem(
            outputs: values.count, inputs: 1, weights: values.map(Double.init), gram: SymmetricMatrix(order: 1))
        let kept = LayerMagnitude().prune([problem], .zeros(zeros), threads: 1).kept[0]
        try task.model.set(tensor, values, kept: kept)
        var result = outcome
        result.kept = kept.count { $0 }
        result.pruned = values.count - result.kept
        return result
    }
}
