import Tensors
import Testing

@testable import Networks

/// Shapes and operations of layers, by hand.
struct LayerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var shape: [Int?]
        var fields: [String: JSONValue]
        var output: Extents
        var multiplications = 0
        var additions = 0
        var testDescription: String { "\(name) on \(shape.text) gives \(output.text)" }
    }

    private static let cell = layer("LSTMCell", ["name": "c", "units": 2])
    private static let stack = layer(
        "StackedRNNCells", ["cells": [layer("GRUCell", ["name": "g", "units": 3, "reset_after": true]), cell]])

    static let cases: [Case] = [
        Case(
            name: "AdaptiveAveragePooling1D", shape: [6, 2], fields: ["output_size": 3], output: [3, 2],
            multiplications: 6, additions: 6),
        // Windows of 3 and 3 elements that share one.
        Case(
            name: "AdaptiveAveragePooling1D", shape: [5, 2], fields: ["output_size": 2], output: [2, 2],
            multiplications: 4, additions: 8),
        Case(name: "AdaptiveMaxPooling2D", shape: [5, 4, 2], fields: ["output_size": [2, 4]], output: [2, 4, 2]),
        Case(
            name: "LocallyConnected1D", shape: [6, 3], fields: ["filters": 4, "kernel_size": 2, "strides": 2],
            output: [3, 4], multiplications: 3 * 24, additions: 3 * 24),
        Case(
            name: "LocallyConnected2D", shape: [4, 5, 2], fields: ["filters": 3, "kernel_size": [2, 3]],
            output: [3, 3, 3], multiplications: 9 * 36, additions: 9 * 36),
        Case(
            name: "ConvLSTM2D", shape: [3, 4, 4, 2],
            fields: ["filters": 2, "kernel_size": 2, "return_sequences": true, "use_bias": false],
            output: [3, 3, 3, 2], multiplications: 3 * (9 * (64 + 64) + 18 * 3),
            additions: 3 * (9 * (64 - 8 + 64 - 8) + 18 * 5)),
        Case(
            name: "RNN", shape: [6, 3], fields: ["cell": cell], output: [2], multiplications: 6 * (24 + 16 + 6),
            additions: 6 * (24 + 8 + 10)),
        Case(
            name: "RNN", shape: [6, 3], fields: ["cell": stack, "return_sequences": true], output: [6, 2],
            multiplications: 6 * (27 + 27 + 9 + 24 + 16 + 6), additions: 6 * (27 + 27 + 15 + 24 + 8 + 10)),
        // The query is scaled: 2 · 5 · 6 products; scores and what they weigh are 5 · 5 · 6 each.
        Case(
            name: "UnitNormalization", shape: [2, 4], fields: [:], output: [2, 4], multiplications: 8 + 8 + 2,
            additions: 8),
        Case(
            name: "Resizing", shape: [4, 4, 3], fields: ["height": 2, "width": 6], output: [2, 6, 3],
            multiplications: 36 * 4, additions: 36 * 3),
        Case(
            name: "Resizing", shape: [4, 4, 3], fields: ["height": 2, "width": 6, "interpolation": "nearest"],
            output: [2, 6, 3]),
        Case(
            name: "Resizing", shape: [9, 6, 1],
            fields: ["height": 3, "width": 3, "crop_to_aspect_ratio": true, "interpolation": "nearest"],
            output: [3, 3, 1]),
        Case(
            name: "UpSampling2D", shape: [2, 2, 1], fields: ["size": 2, "interpolation": "bicubic"],
            output: [4, 4, 1], multiplications: 16 * 16, additions: 16 * 15),
        Case(name: "CenterCrop", shape: [9, 8, 2], fields: ["height": 4, "width": 5], output: [4, 5, 2]),
        Case(
            name: "CategoryEncoding", shape: [1], fields: ["num_tokens": 4, "output_mode": "one_hot"], output: [4]),
        Case(name: "CategoryEncoding", shape: [3], fields: ["num_tokens": 4], output: [4]),
        Case(
            name: "Discretization", shape: [3], fields: ["bin_boundaries": [0, 1]], output: [3], additions: 3),
        Case(name: "Masking", shape: [3, 2], fields: ["mask_value": 1], output: [3, 2]),
        Case(name: "PReLU", shape: [3, 2], fields: [:], output: [3, 2]),
        Case(
            name: "SpectralNormalization", shape: [3],
            fields: ["layer": layer("Dense", ["name": "d", "units": 2])], output: [2], multiplications: 6,
            additions: 6),
        Case(
            name: "TimeDistributed", shape: [4, 3],
            fields: ["layer": sequential([3], [("Dense", ["units": 2]), ("ReLU", [:])])], output: [4, 2],
            multiplications: 24, additions: 24),
        Case(
            name: "EinsumDense", shape: [2, 5],
            fields: ["equation": "ab...,bc->ac...", "output_shape": 3, "bias_axes": "c"], output: [3, 5],
            multiplications: 30, additions: 15 + 15),
        Case(
            name: "Bidirectional", shape: [6, 3],
            fields: [
                "merge_mode": "sum",
                "layer": layer("SimpleRNN", ["name": "r", "units": 2, "use_bias": false, "return_sequences": true]),
            ], output: [6, 2], multiplications: 2 * 6 * 10, additions: 2 * 6 * (4 + 2 + 2) + 12),
    ]

    @Test("Shapes and operations by hand", arguments: cases)
    func layers(_ example: Case) throws {
        let network = try Network(kerasConfig: sequential(example.shape, [(example.name, example.fields)]))
        let counts = try network.operationCounts()
        #expect(network.program[network.outputs[0]].extents == example.output)
        #expect(counts.isComplete, "\(counts.unknown.map { $0.issue ?? "" })")
        #expect(
            counts.dense == OperationCounts(multiplications: example.multiplications, additions: example.additions))
    }

    @Test("MultiHeadAttention scales its query, not its scores")
    func attention() throws {
        let network = try Network(
            kerasConfig: functional(
                [
                    node("InputLayer", "x", ["batch_shape": [.null, 5, 4]], []),
                    node(
                        "MultiHeadAttention", "a", ["num_heads": 2, "key_dim": 3, "use_bias": false],
                        [[("x", 0), ("x", 0)]]),
                ], inputs: ["x"], outputs: [("a", 0)]))
        let counts = try network.operationCounts()
        let projections = 4 * 5 * 4 * 6
        #expect(counts.dense.multiplications == projections + 5 * 6 + 2 * (2 * 5 * 5 * 3))
        #expect(network.program[network.outputs[0]].extents == [5, 4])
    }

    @Test("The backward sequence of a Bidirectional layer is turned round before it is merged")
    func direction() throws {
        let inner = layer("GRU", ["name": "g", "units": 2, "return_sequences": true])
        let network = try Network(kerasConfig: sequential([nil, 3], [("Bidirectional", ["layer": inner])]))
        let kinds = network.program.steps.map(\.primitive)
        guard case .recurrence(let forward) = kinds[0], case .recurrence(let backward) = kinds[1],
            case .reversal(let reversal) = kinds[2], case .concatenation(let merge) = kinds[3]
        else {
            Issue.record("\(kinds)")
            return
        }
        #expect(!forward.goesBackwards && backward.goesBackwards)
        #expect(reversal.axis == 0 && merge.axis == 1)
        #expect(network.program[network.outputs[0]].extents == [nil, 4])
    }
}
