internal import Networks
internal import Synchronization
internal import Tensors

extension NetworkRunner {
    /// Runs all examples as one batch, again and again, and takes the time.
    ///
    /// - Parameters:
    ///   - runs: how often, after two that do not count.
    /// - Throws: as `run`.
    func measure(_ inputs: [Tensor<Element>], runs: Int) throws -> Measurement {
        let count = try check(inputs)
        return try state.withLock { state in
            for _ in 0..<2 { _ = try run(inputs, 0..<count, &state) }
            let used = state.plans.map(\.plan)
            for plan in used { plan.clock = plan.steps.map { _ in 0 } }
            defer { for plan in used { plan.clock = nil } }
            var times: [Double] = []
            for _ in 0..<max(runs, 1) {
                let start = Clock.nanoseconds
                _ = try run(inputs, 0..<count, &state)
                times.append((Clock.nanoseconds - start) / 1e6)
            }
            times.sort()
            return Measurement(
                milliseconds: times[times.count / 2], layers: layers(used, runs: times.count),
                memoryBytes: used.reduce(0) { $0 + $1.memoryCount } * MemoryLayout<Element>.stride)
        }
    }

    /// Numbers from 0 to 1, the same each time; where they are looked up in a table, they are its first row.
    ///
    /// - Throws: `limit` where they take more memory than a batch may.
    func noise(_ batch: Int, _ openExtent: Int) throws -> [Tensor<Element>] {
        var state: UInt64 = 1
        return try network.inputs.map { input in
            let shape = try Shape([batch] + (network.program[input].extents ?? []).map { $0 ?? openExtent })
            try PlanBuilder<Element>.checkMemory(shape.elementCount, maximumBytes)
            let values = (0..<shape.elementCount).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Element(state >> 40) / Element(1 << 24)
            }
            return try Tensor(shape: shape.dimensions, values: values)
        }
    }

    /// Steps of a layer together, in the order of its first.
    private func layers(_ plans: [Plan<Element>], runs: Int) -> [Measurement.Layer] {
        guard let first = plans.first else { return [] }
        var order: [String] = []
        var layers: [String: Measurement.Layer] = [:]
        for (index, step) in first.steps.enumerated() {
            let time = plans.reduce(0) { $0 + ($1.clock?[index] ?? 0) } / Double(plans.count * runs) / 1e6
            if layers[step.layer] == nil { order.append(step.layer) }
            var layer =
                layers[step.layer]
                ?? Measurement.Layer(
                    name: step.layer, milliseconds: 0, isSparse: false, weights: 0, nonzeros: 0, products: 0,
                    breakEvenSparsity: nil)
            layer.milliseconds += time
            layer.isSparse = layer.isSparse || step.kernel.isSparse
            if let work = step.work {
                layer.weights += work.weights
                layer.nonzeros += work.nonzeros
                // Plans that differ in rows, or that run piece by piece, do the batch together.
                layer.products += work.nonzeros * work.rows
                layer.breakEvenSparsity = choice.breakEvenSparsity(work)
            }
            layers[step.layer] = layer
        }
        return order.map { layers[$0]! }
    }
}
