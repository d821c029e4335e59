import Synchronization
import Tensors
import Testing

@testable import Inference
@testable import Networks

/// Batches, threads, plans and what is refused.
@Suite struct NetworkRunnerTests {
    private func code(_ error: any Error) -> SparsifyError.Code? { (error as? SparsifyError)?.code }

    private static func layer(_ name: String, _ className: String, _ fields: String = "") -> String {
        "{\"class_name\": \"\(className)\", \"config\": {\"name\": \"\(name)\"\(fields.isEmpty ? "" : ", ")\(fields)}}"
    }

    private static func sequential(_ shape: String, _ layers: [String]) throws -> Network {
        let input = layer("x", "InputLayer", "\"batch_input_shape\": [null, \(shape)]")
        return try Network(
            kerasConfig: """
                {"class_name": "Sequential", "config": {"name": "m", "layers": [\(([input] + layers).joined(separator: ", "))]}}
                """)
    }

    static let names = ["dense", "wide", "convolution", "depthwise", "recurrence", "attention"]

    /// Networks with enough to do for threads to share it.
    static func network(_ name: String) throws -> Network {
        switch name {
        case "dense":
            try sequential(
                "37",
                [
                    layer("a", "Dense", "\"units\": 130, \"activation\": \"relu\""),
                    layer("b", "Dense", "\"units\": 129, \"activation\": \"tanh\""),
                    layer("c", "Dense", "\"units\": 11, \"activation\": \"softmax\""),
                ])
        case "wide":
            // So many weights that a batch is cut into larger pieces.
            try sequential("600", [layer("a", "Dense", "\"units\": 700"), layer("b", "Dense", "\"units\": 3")])
        case "convolution":
            try sequential(
                "13, 11, 3",
                [
                    layer("a", "Conv2D", "\"filters\": 17, \"kernel_size\": 3, \"padding\": \"same\""),
                    layer("n", "BatchNormalization"), layer("r", "ReLU"),
                    layer("p", "MaxPooling2D", "\"pool_size\": 2"),
                    layer("b", "Conv2DTranspose", "\"filters\": 5, \"kernel_size\": 3, \"strides\": 2"),
                    layer("g", "GlobalAveragePooling2D"),
                ])
        case "depthwise":
            try sequential(
                "15, 14, 18",
                [
                    layer("z", "ZeroPadding2D", "\"padding\": 1"), layer("a", "DepthwiseConv2D", "\"kernel_size\": 3"),
                    layer("n", "LayerNormalization"),
                    layer("b", "SeparableConv2D", "\"filters\": 9, \"kernel_size\": 3"),
                    layer("s", "Activation", "\"activation\": \"silu\""), layer("f", "Flatten"),
                ])
        case "recurrence":
            try sequential(
                "9, 20",
                [
                    layer("a", "LSTM", "\"units\": 33, \"return_sequences\": true"),
                    layer("b", "GRU", "\"units\": 17, \"reset_after\": true"),
                ])
        default:
            try Network(
                kerasConfig: """
                    {"class_name": "Functional", "config": {"name": "m", "layers": [
                      {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
                       "config": {"name": "x", "batch_input_shape": [null, 12, 20]}},
                      {"class_name": "MultiHeadAttention", "name": "a",
                       "config": {"name": "a", "num_heads": 3, "key_dim": 7},
                       "inbound_nodes": [[["x", 0, 0, {"value": ["x", 0, 0]}]]]},
                      {"class_name": "Add", "name": "s", "config": {"name": "s"},
                       "inbound_nodes": [[["x", 0, 0, {}], ["a", 0, 0, {}]]]}],
                      "input_layers": [["x", 0, 0]], "output_layers": [["s", 0, 0]]}}
                    """)
        }
    }

    @Test(arguments: names)
    func networksOfKerasComputeWhatTheirPrimitivesSay(name: String) throws {
        let network = try Self.network(name)
        guard name != "wide" else { return }
        let parameters = network.randomParameters()
        try expectAgreement(network, parameters, randomInputs(network, rows: 2), single: 1e-4, double: 1e-11)
    }

    /// Results of an example do not hang on the threads, at any batch size.
    @Test(arguments: names)
    func threadsDoNotChangeABit(name: String) throws {
        let network = try Self.network(name)
        let parameters = network.randomParameters()
        let inputs: [Tensor<Float>] = try randomInputs(network, rows: 34).map(tensor)
        let runners = [1, 2, 3, 5].map { NetworkRunner<Float>(network, parameters: parameters, threads: $0) }
        for batch in [1, 7, 33] {
            let wanted = bits(try runners[0].run(inputs, batch: batch))
            for (runner, threads) in zip(runners, [1, 2, 3, 5]) {
                let found = bits(try runner.run(inputs, batch: batch))
                let isSame = found == wanted
                #expect(isSame, "batch \(batch) on \(threads) threads")
            }
        }
    }

    /// An example comes out the same in any batch, but for rounding: a product of one row is summed in another order.
    @Test(arguments: names)
    func batchesOfAnySizeAgree(name: String) throws {
        let network = try Self.network(name)
        let parameters = network.randomParameters()
        let inputs: [Tensor<Float>] = try randomInputs(network, rows: 34).map(tensor)
        let runner = NetworkRunner<Float>(network, parameters: parameters, threads: 2)
        let wanted = try runner.run(inputs, batch: 1)[0]
        for batch in [2, 7, 33] {
            let found = try runner.run(inputs, batch: batch)[0]
            #expect(found.shape == wanted.shape)
            #expect(gap(found.values, wanted.values.map(Double.init)) < 2e-4)
        }
    }

    @Test func callersOnSeveralThreads() throws {
        let network = try Self.network("convolution")
        let runner = NetworkRunner<Float>(network, parameters: network.randomParameters(), threads: 2)
        let inputs: [[Tensor<Float>]] = try (0..<8).map { seed in
            try randomInputs(network, rows: 1 + seed % 3, seed: UInt64(seed)).map(tensor)
        }
        let wanted = try inputs.map { try runner.run($0) }
        let failures = Mutex(0)
        try Parallel.forEach(32, threads: 4) { index in
            let found = try runner.run(inputs[index % 8])
            if found != wanted[index % 8] { failures.withLock { $0 += 1 } }
        }
        #expect(failures.withLock { $0 } == 0)
    }

    @Test func weightsAreReadOnceForAllBatchSizes() throws {
        let network = try Self.network("dense")
        let parameters = network.randomParameters()
        let runner = NetworkRunner<Float>(network, parameters: parameters, threads: 3)
        #expect(parameters.reads.isEmpty)
        for rows in [1, 2, 3, 40, 5, 6, 7, 8, 9, 10, 1, 40] {
            let result = try runner.run(randomInputs(network, rows: rows).map(tensor), batch: 50)
            #expect(result[0].shape == [rows, 11])
        }
        #expect(parameters.reads.count == 6)
        #expect(parameters.reads.values.allSatisfy { $0 == 1 })
    }

    @Test func openExtentsMayDifferFromRunToRun() throws {
        let net = Net()
        let x = net.input(nil, 4)
        let y = try net.push(.activation(Activation("softmax", arguments: ["axes": .array([.integer(0)])])), [x])
        let network = net.network([y])
        let runner = NetworkRunner<Float>(network, parameters: net.source, threads: 2)
        for steps in [1, 5, 2, 9, 5] {
            let input = Values(rows: 2, extents: [steps, 4], numbers: [Double](repeating: 1, count: 8 * steps))
            let found = try runner.run([tensor(input)])[0]
            #expect(found.shape == [2, steps, 4])
            #expect(gap(found.values, [Double](repeating: 1 / Double(steps), count: 8 * steps)) < 1e-6)
        }
    }

    /// A runner keeps a few plans; older ones are made again.
    @Test func moreBatchSizesAndExtentsThanPlansAreKept() throws {
        let net = Net()
        let x = net.input(nil, 6)
        let y = try net.push(
            .contraction(Contraction(lastOf: 2, inputs: 6, units: 5, hasBias: true)), [x],
            [net.parameter([6, 5]), net.parameter([5])])
        let z = try net.push(.activation(Activation("tanh").canonical()), [y])
        let network = net.network([z])
        let runner = NetworkRunner<Float>(network, parameters: net.source, threads: 2)
        let sizes = [(1, 1), (2, 1), (3, 4), (4, 2), (5, 3), (11, 1), (12, 2), (19, 5), (27, 1), (1, 7), (40, 2)]
        var generator = SplitMix64(5)
        let inputs: [[Tensor<Float>]] = try sizes.map { rows, steps in
            [try tensor(Values(rows: rows, extents: [steps, 6], numbers: generator.numbers(rows * steps * 6)))]
        }
        let wanted = try inputs.map {
            bits(try NetworkRunner<Float>(network, parameters: net.source, threads: 2).run($0, batch: 64))
        }
        for index in Array(inputs.indices) + inputs.indices.reversed() {
            let isSame = bits(try runner.run(inputs[index], batch: 64)) == wanted[index]
            #expect(isSame, "\(sizes[index])")
        }
    }

    /// Examples without elements take no memory, so that any number of them would fit.
    @Test func manyEmptyExamplesAreRefused() throws {
        let network = try Self.sequential("null, 2", [Self.layer("a", "LSTM", "\"units\": 3")])
        let runner = NetworkRunner<Float>(network, parameters: network.randomParameters())
        let few = try runner.run([Tensor(shape: [3, 0, 2], values: [])])
        #expect(few[0].shape == [3, 3] && few[0].values.allSatisfy { $0 == 0 })
        #expect { try runner.run([Tensor(shape: [1 << 40, 0, 2], values: [])]) } throws: { code($0) == .limit }
    }

    @Test(arguments: names)
    func noExamples(name: String) throws {
        let network = try Self.network(name)
        let runner = NetworkRunner<Float>(network, parameters: network.randomParameters(), threads: 2)
        let extents = network.program[network.inputs[0]].extents!.map { $0! }
        let result = try runner.run([Tensor(shape: [0] + extents, values: [])])
        #expect(result[0].shape.first == 0 && result[0].values.isEmpty)
        #expect(result[0].shape.count == network.program[network.outputs[0]].extents!.count + 1)
    }

    // MARK: What is refused

    @Test func inputsThatDoNotFit() throws {
        let net = Net()
        let (x, y) = (net.input(3, nil), net.input(2))
        let network = net.network([try net.push(.activation(Activation("relu").canonical()), [x]), y])
        let runner = NetworkRunner<Float>(network, parameters: net.source, threads: 1)
        func refused(_ shapes: [[Int]], _ words: String...) {
            #expect {
                try runner.run(
                    shapes.map { try Tensor(shape: $0, values: [Float](repeating: 0, count: $0.reduce(1, *))) })
            } throws: { error in
                code(error) == .usage && words.allSatisfy { "\(error)".contains($0) }
            }
        }
        refused([], "2 inputs", "0")
        refused([[1, 3, 4]], "2 inputs", "1")
        refused([[1, 3, 4], [1, 2], [1, 2]], "2 inputs", "3")
        refused([[1, 3, 4], [2, 2]], "1", "2", "examples")
        refused([[1, 4, 4], [1, 2]], "input_0", "(examples, 3, any)", "4")
        refused([[1, 3], [1, 2]], "input_0", "(examples, 3, any)")
        refused([[1, 3, 4], [1, 3]], "input_1", "(examples, 2)")
        refused([[1, 3, 4], []], "input_1")
        #expect(
            try runner.run([Tensor(shape: [1, 3, 1], values: [1, 2, 3]), Tensor(shape: [1, 2], values: [4, 5])]).count
                == 2)
    }

    @Test func memoryIsBounded() throws {
        let network = try Self.network("convolution")
        let runner = NetworkRunner<Float>(
            network, parameters: network.randomParameters(), threads: 1, maximumBytes: 1000)
        #expect { try runner.run(randomInputs(network, rows: 1).map(tensor)) } throws: {
            code($0) == .limit && ["'a'", "1000", "smaller batch"].allSatisfy("\($0)".contains)
        }
        let more = NetworkRunner<Float>(
            network, parameters: network.randomParameters(), threads: 1, maximumBytes: 4_000_000)
        #expect(try more.run(randomInputs(network, rows: 1).map(tensor)).count == 1)
    }

    /// Pieces of a batch that run at once share what a batch may take.
    @Test func memoryIsBoundedOverAllThreads() throws {
        let network = try Self.network("dense")
        let inputs: [Tensor<Float>] = try randomInputs(network, rows: 40).map(tensor)
        func run(threads: Int, _ bytes: Int) throws {
            let runner = NetworkRunner<Float>(
                network, parameters: network.randomParameters(), threads: threads, maximumBytes: bytes)
            _ = try runner.run(inputs, batch: 40)
        }
        // Eight examples of two layers of some 130 numbers are a piece.
        try run(threads: 1, 20_000)
        try run(threads: 4, 80_000)
        #expect { try run(threads: 4, 20_000) } throws: { code($0) == .limit && "\($0)".contains("smaller batch") }
    }

    /// Nothing is allocated for a weight before the file is known to have it.
    @Test func absurdWeightsAreRefusedBeforeMemoryIsTaken() throws {
        let network = try Self.sequential(
            "1", [Self.layer("e", "Embedding", "\"input_dim\": \(1 << 61), \"output_dim\": 1")])
        let runner = NetworkRunner<Float>(network, parameters: MemoryParameters([:]), threads: 1)
        #expect { try runner.run([Tensor(shape: [1, 1], values: [0])]) } throws: {
            code($0) == .malformed && "\($0)".contains("'e'")
        }
    }

    @Test func anInputThatIsNotListed() throws {
        let net = Net()
        let (x, y) = (net.input(2), net.input(2))
        let sum = try net.push(.elementwise(Elementwise(.add)), [x, y])
        for outputs in [[sum], [x, y]] {
            var network = net.network(outputs)
            network.inputs = [x]
            let runner = NetworkRunner<Float>(network, parameters: net.source, threads: 1)
            #expect { try runner.run([Tensor(shape: [1, 2], values: [1, 2])]) } throws: {
                code($0) == .malformed && "\($0)".contains("list of inputs")
            }
        }
    }
}
