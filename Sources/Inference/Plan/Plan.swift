internal import Networks
internal import Tensors

/// A network made ready for batches of one size: kernels in order, and a place in memory for every value.
final class Plan<T: Scalar> {
    /// Where a value lies.
    enum Place {
        /// In the arena, from this number on.
        case arena(Int)
        /// In what the caller gave: which of the inputs.
        case input(Int)
    }

    struct PlannedStep {
        var kernel: any Kernel<T>
        /// Path of the layer that it belongs to.
        var layer: String
        /// What its weights have to do, where it has a sparse and a dense kernel.
        var work: KernelChoice.Work?
        var inputs: [Place]
        var outputs: [Place]
    }

    let steps: [PlannedStep]
    /// By step, nanoseconds that it has taken so far; nil where nobody asks.
    var clock: [Double]?
    private let outputs: [(place: Place, layout: ValueLayout)]
    private let memory: Storage<T>
    private let scratch: Storage<T>

    init(steps: [PlannedStep], outputs: [(place: Place, layout: ValueLayout)], arenaCount: Int) {
        self.steps = steps
        self.outputs = outputs
        memory = Storage(count: arenaCount)
        scratch = Storage(count: steps.map(\.kernel.scratchCount).max() ?? 0)
    }

    /// Numbers of memory that values and scratch take.
    var memoryCount: Int { memory.count + scratch.count }

    /// Forgets the states of stateful layers.
    func reset() { for step in steps { step.kernel.reset() } }

    /// Runs the network on the examples from position `start` on.
    func run(_ inputs: [Tensor<T>], from start: Int, workers: Workers) throws -> [Tensor<T>] {
        func walk(_ position: Int, _ pointers: [UnsafePointer<T>]) throws -> [Tensor<T>] {
            guard position < inputs.count else { return try run(pointers, workers: workers) }
            let length = inputs[position].shape.dropFirst().reduce(1, *)
            return try inputs[position].values.withUnsafeBufferPointer { values in
                // Without examples there is nothing to point to, and nothing that is read.
                let base = values.baseAddress ?? UnsafePointer(scratch.base)
                return try walk(position + 1, pointers + [base + start * length])
            }
        }
        return try walk(0, [])
    }

    /// - Parameter inputs: as many numbers for each input as the plan was made for.
    /// - Returns: the outputs, in order.
    private func run(_ inputs: [UnsafePointer<T>], workers: Workers) throws -> [Tensor<T>] {
        func pointer(_ place: Place) -> UnsafeMutablePointer<T> {
            switch place {
            case .arena(let start): memory.base + start
            case .input(let index): UnsafeMutablePointer(mutating: inputs[index])
            }
        }
        for (index, step) in steps.enumerated() {
            let operands = Operands(
                inputs: step.inputs.map { UnsafePointer(pointer($0)) }, outputs: step.outputs.map(pointer),
                scratch: scratch.base, workers: workers)
            guard clock != nil else {
                try step.kernel.run(operands)
                continue
            }
            let start = Clock.nanoseconds
            try step.kernel.run(operands)
            clock?[index] += Clock.nanoseconds - start
        }
        return try outputs.map { place, layout in
            try Tensor(
                shape: layout.dimensions,
                values: Array(UnsafeBufferPointer(start: pointer(place), count: layout.count)))
        }
    }
}
