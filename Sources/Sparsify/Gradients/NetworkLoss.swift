internal import Inference
internal import Networks
internal import Pruning
internal import Tensors
internal import Training

/// The loss of a model's network over data, as a function of the weights that may be pruned.
final class NetworkLoss: PrunableLoss {
    let gradients: LossGradients<Float>
    let examples: Examples
    let tensors: [Range<Int>]
    /// θ, of which the prunable weights are parts.
    private(set) var parameters: [Float]
    private let links: [ParameterLink]

    /// - Parameters:
    ///   - source: the values of all parameters.
    ///   - prunable: tensors that may be pruned, with the parameters that hold their elements.
    /// - Throws: `unsupported` where there is no gradient of the network, or a parameter takes no part in it; what reading
    ///   throws.
    init(
        _ network: Network, _ source: any ParameterSource, prunable: [BoundTensor], _ examples: Examples,
        loss: LossKind?, threads: Int
    ) throws {
        let hasClasses = if case .classes = examples.labels { true } else { false }
        let gradients = try LossGradients<Float>(network, loss: loss, hasClasses: hasClasses, threads: threads)
        self.gradients = gradients
        self.examples = examples
        var parameters = [Float](repeating: 0, count: gradients.table.count)
        try parameters.withUnsafeMutableBufferPointer { all in
            for entry in gradients.table.entries {
                try source.check(entry.reference, count: entry.range.count)
                try source.read(entry.reference, into: UnsafeMutableBufferPointer(rebasing: all[entry.range]))
            }
        }
        self.parameters = parameters
        var tensors: [Range<Int>] = []
        var links: [ParameterLink] = []
        var start = 0
        for tensor in prunable {
            let range = start..<start + tensor.count
            links += try tensor.bindings.compactMap { binding in
                try gradients.table[binding.parameter].map { try ParameterLink($0.range, range, binding.view) }
            }
            guard links.contains(where: { $0.tensor == range }) else {
                throw SparsifyError(
                    .unsupported, "It takes no part in the network's output, so that the loss says nothing of it.",
                    tensor: tensor.name,
                    remedy: "Leave it out with --exclude, or use a criterion that needs no data.")
            }
            tensors.append(range)
            start = range.upperBound
        }
        self.tensors = tensors
        self.links = links
    }

    var count: Int { tensors.last?.upperBound ?? 0 }
    var exampleCount: Int { examples.count }

    private func gathered(_ vector: [Float]) -> [Float] {
        var result = [Float](repeating: 0, count: count)
        for link in links { link.add(vector, to: &result) }
        return result
    }

    private func spread(_ vector: [Float], over base: [Float]) -> [Float] {
        var result = base
        for link in links { link.write(vector, into: &result) }
        return result
    }

    private func point(_ weights: [Float]) -> [Float] { spread(weights, over: parameters) }

    private func direction(_ vector: [Float]) -> [Float] {
        spread(vector, over: [Float](repeating: 0, count: parameters.count))
    }

    private func chosen(_ numbers: [Int]) throws -> Examples {
        numbers.count == examples.count ? examples : try examples.chosen(numbers)
    }

    /// What the loss is computed of, for all examples.
    func outputs(_ weights: [Float]) throws -> [Float] { try gradients.outputs(point(weights), examples) }

    func gradient(_ weights: [Float], examples: [Int]) throws -> (loss: Double, gradient: [Float]) {
        let found = try gradients.gradient(point(weights), chosen(examples))
        return (found.loss, gathered(found.gradient))
    }

    func value(_ weights: [Float], examples: [Int]) throws -> Double {
        try gradients.value(point(weights), chosen(examples))
    }

    func gaussNewton(_ weights: [Float], examples: [Int]) throws -> CurvatureProduct {
        let matrix = try GaussNewtonMatrix(gradients, at: point(weights), chosen(examples))
        return { [self] in gathered(try matrix.product(direction($0))) }
    }

    func hessianProduct(_ weights: [Float], _ vector: [Float], examples: [Int]) throws -> [Float] {
        gathered(try gradients.hessianProduct(point(weights), direction(vector), chosen(examples)))
    }

    func exampleGradients(
        _ weights: [Float], examples: [Int], seed: UInt64?, _ body: (_ rows: UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        let point = point(weights)
        // So many at once that they take 64 MB.
        let chunk = max(1, min(64, (1 << 24) / max(count, 1)))
        let rows = GradientRows(count: chunk, length: count)
        for start in stride(from: 0, to: examples.count, by: chunk) {
            var batch = try self.examples.chosen(Array(examples[start..<min(start + chunk, examples.count)]))
            if let seed {
                batch.labels = try gradients.drawnLabels(point, batch, seed: seed &+ UInt64(start))
            }
            let links = links
            try gradients.forEachExample(point, batch) { example, _, _, gradient in
                rows.set(example, gradient, links)
            }
            try body(rows.rows(batch.count))
        }
    }
}

/// Gradients one behind the other; threads fill different ones.
private final class GradientRows: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Float>
    private let length: Int

    init(count: Int, length: Int) {
        base = .allocate(capacity: max(count * length, 1))
        self.length = length
    }

    deinit { base.deallocate() }

    func set(_ row: Int, _ gradient: UnsafeBufferPointer<Float>, _ links: [ParameterLink]) {
        let target = UnsafeMutableBufferPointer(start: base + row * length, count: length)
        target.update(repeating: 0)
        for link in links { link.add(gradient, to: target) }
    }

    func rows(_ count: Int) -> UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: base, count: count * length) }
}
