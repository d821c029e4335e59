internal import Inference
internal import LinearAlgebra
internal import Networks
internal import Pruning
internal import Tensors

/// The Gram matrices Σ x xᵀ of the inputs that a tensor's weights meet, over the samples, with the network as it is now.
struct LayerInputs {
    let model: WorkingModel
    let data: CalibrationData
    let options: JobOptions

    /// One use of a parameter by a step of the network.
    struct Use {
        var step: Step
        /// Which of the step's parameters it is.
        var position: Int
    }

    struct Found {
        var weights: WeightMatrices
        var grams: [SymmetricMatrix]
        /// What was left out of account, a phrase; nil: nothing.
        var note: String?
    }

    /// Where a parameter is used, in the order of the network.
    func uses(_ parameter: ParameterReference) -> [Use] {
        model.network.program.steps.compactMap { step in
            step.parameters.firstIndex(of: parameter).map { Use(step: step, position: $0) }
        }
    }

    /// - Returns: nil where the weights are no matrices that multiply a value.
    /// - Throws: what running the network throws.
    func grams(_ uses: [Use], shape: [Int]) throws -> Found? {
        var found: Found?
        for use in uses {
            let (network, note) = try observed(use)
            let predictor = Predictor(
                network, parameters: model.parameters, threads: options.threads, kernels: .dense)
            var sums: GramSums?
            for range in data.batches {
                try options.cancellation?.check()
                let value: Tensor<Float> = try predictor.predict(data.inputs(range), batch: range.count)[0]
                if sums == nil {
                    guard
                        let layout = try InputLayout(
                            use.step.primitive, parameter: use.position, shape: shape,
                            extents: Array(value.shape.dropFirst()))
                    else { return nil }
                    sums = GramSums(layout)
                }
                sums?.add(value)
            }
            guard let sums else { return nil }
            if found == nil {
                found = Found(weights: sums.layout.weights, grams: sums.grams, note: note)
            } else if let total = found, total.weights == sums.layout.weights {
                let added = zip(total.grams, sums.grams).map { first, second in
                    SymmetricMatrix(
                        order: first.order, elements: zip(first.elements, second.elements).map { $0 + $1 })
                }
                found?.grams = added
            } else {
                return nil
            }
        }
        return found
    }

    /// A network whose only output is what the weights multiply.
    private func observed(_ use: Use) throws -> (network: Network, note: String?) {
        var network = model.network
        guard case .recurrence(var cell) = use.step.primitive, use.position == 1 else {
            network.outputs = [use.step.inputs[0]]
            return (network, nil)
        }
        // The hidden states, by the same cell once more.
        cell.returnsSequences = true
        cell.returnsState = false
        cell.zeroesMaskedOutputs = false
        network.outputs = try network.program.push(.recurrence(cell), use.step.inputs, use.step.parameters)
        let isApproximate = cell.cell == .gru(resetsAfter: false)
        return (
            network,
            isApproximate ? "the inputs of the candidate state are taken without the reset gate" : nil
        )
    }
}

/// Adds up outer products of the rows that a layout finds in values.
private struct GramSums {
    let layout: InputLayout
    private(set) var grams: [SymmetricMatrix]

    /// Numbers of a table that are in memory at once.
    private static let tableLimit = 1 << 21

    init(_ layout: InputLayout) {
        self.layout = layout
        grams = layout.starts.map { _ in SymmetricMatrix(order: layout.inputs) }
    }

    /// - Parameter value: the first axis counts the examples.
    mutating func add(_ value: Tensor<Float>) {
        let length = value.shape.dropFirst().reduce(1, *)
        let perExample = layout.positions * layout.inputs
        guard perExample > 0 else { return }
        let examples = max(Self.tableLimit / perExample, 1)
        var table = [Double](repeating: 0, count: min(examples, value.shape[0]) * perExample)
        for first in stride(from: 0, to: value.shape[0], by: examples) {
            let range = first..<min(first + examples, value.shape[0])
            for (matrix, start) in layout.starts.enumerated() {
                value.values.withUnsafeBufferPointer { values in
                    table.withUnsafeMutableBufferPointer { table in
                        for example in range {
                            fill(
                                values.baseAddress! + example * length, start,
                                table.baseAddress! + (example - first) * perExample)
                        }
                    }
                }
                table.withUnsafeBufferPointer { table in
                    grams[matrix].addOuterProducts(
                        UnsafeBufferPointer(rebasing: table[..<(range.count * perExample)]))
                }
            }
        }
    }

    private func fill(_ example: UnsafePointer<Float>, _ start: Int, _ table: UnsafeMutablePointer<Double>) {
        var target = table
        layout.places.withUnsafeBufferPointer { places in
            layout.channels.withUnsafeBufferPointer { channels in
                for place in places {
                    if place < 0 {
                        target.update(repeating: 0, count: channels.count)
                    } else {
                        let source = example + start + place
                        for index in 0..<channels.count { target[index] = Double(source[channels[index]]) }
                    }
                    target += channels.count
                }
            }
        }
    }
}
