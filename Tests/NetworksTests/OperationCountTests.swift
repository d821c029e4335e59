import Tensors
import Testing

@testable import Networks

struct OperationCountTests {
    private func product(hasBias: Bool = false) throws -> Network {
        try Network(
            kerasConfig: sequential([2, 2], [("Dense", ["units": 2, "use_bias": .bool(hasBias)])]))
    }

    @Test("A full 2×2 matrix times a 2×2 matrix is 8 multiplications and 4 additions, a diagonal one 4 and 0")
    func twoByTwo() throws {
        let network = try product()
        let diagonal = try network.operationCounts { _ in WeightEvidence(nonzeros: 2, occupiedOutputs: 2) }
        #expect(diagonal.dense == OperationCounts(multiplications: 8, additions: 4))
        #expect(diagonal.sparse == OperationCounts(multiplications: 4, additions: 0))
        #expect(try diagonal.dense.flops() == 12)
    }

    @Test("An output with no product costs nothing, with a bias or without", arguments: [false, true])
    func emptyOutputs(hasBias: Bool) throws {
        let network = try product(hasBias: hasBias)
        let counts = try network.operationCounts { _ in WeightEvidence(nonzeros: 0, occupiedOutputs: 0) }
        #expect(counts.sparse == .zero)
        let one = try network.operationCounts { _ in WeightEvidence(nonzeros: 2, occupiedOutputs: 1) }
        #expect(one.sparse == OperationCounts(multiplications: 4, additions: hasBias ? 4 : 2))
    }

    @Test("Evidence that does not fit the shape is refused", arguments: [(5, 2), (4, 3), (1, 2), (-1, 0), (2, -1)])
    func impossibleEvidence(nonzeros: Int, occupied: Int) throws {
        let network = try product()
        #expect(throws: SparsifyError.self) {
            try network.operationCounts { _ in WeightEvidence(nonzeros: nonzeros, occupiedOutputs: occupied) }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var shape: [Int?]
        var layer: [String: JSONValue]
        var output: Extents
        var multiplications: Int
        var additions: Int
        var testDescription: String { "\(name) on \(shape.text) gives \(output.text)" }
    }

    static let cases: [Case] = [
        Case(
            name: "Dense", shape: [5], layer: ["units": 3], output: [3], multiplications: 15, additions: 15),
        Case(
            name: "Conv2D", shape: [6, 7, 3], layer: ["filters": 4, "kernel_size": [3, 2]], output: [4, 6, 4],
            multiplications: 24 * 18 * 4, additions: 24 * 18 * 4),
        Case(
            name: "Conv2D", shape: [3, 6, 7],
            layer: [
                "filters": 4, "kernel_size": [3, 2], "data_format": "channels_first", "padding": "same", "strides": 2,
                "use_bias": false,
            ], output: [4, 3, 4], multiplications: 12 * 18 * 4, additions: 12 * (18 * 4 - 4)),
        Case(
            name: "Conv2D", shape: [4, 4, 4], layer: ["filters": 6, "kernel_size": 1, "groups": 2, "use_bias": false],
            output: [4, 4, 6], multiplications: 16 * 2 * 6, additions: 16 * 6),
        Case(
            name: "Conv1D", shape: [10, 2],
            layer: ["filters": 3, "kernel_size": [4], "padding": "causal", "dilation_rate": 3, "use_bias": false],
            output: [10, 3], multiplications: 10 * 8 * 3, additions: 10 * 7 * 3),
        Case(
            name: "DepthwiseConv2D", shape: [5, 5, 3],
            layer: ["kernel_size": [3, 3], "depth_multiplier": 2, "use_bias": false], output: [3, 3, 6],
            multiplications: 9 * 54, additions: 9 * 48),
        Case(
            name: "SeparableConv1D", shape: [8, 3], layer: ["filters": 5, "kernel_size": 3], output: [6, 5],
            multiplications: 6 * (9 + 15), additions: 6 * (6 + 15)),
        Case(
            name: "Conv2DTranspose", shape: [4, 4, 3],
            layer: ["filters": 5, "kernel_size": 2, "strides": 2, "use_bias": false], output: [8, 8, 5],
            multiplications: 16 * 4 * 15, additions: 64 * 5 * 2),
        Case(
            name: "BatchNormalization", shape: [4, 3], layer: [:], output: [4, 3], multiplications: 12, additions: 12),
        // Two rows of 5: each 2·5 + 2 multiplications and 3·5 − 1 additions, then a scale and a shift.
        Case(
            name: "LayerNormalization", shape: [2, 5], layer: [:], output: [2, 5], multiplications: 2 * (12 + 5),
            additions: 2 * (14 + 5)),
        Case(
            name: "AveragePooling2D", shape: [4, 4, 2], layer: ["pool_size": 2], output: [2, 2, 2], multiplications: 8,
            additions: 24),
        Case(
            name: "MaxPooling1D", shape: [9, 2], layer: ["pool_size": 2], output: [4, 2], multiplications: 0,
            additions: 0),
        Case(
            name: "GlobalAveragePooling2D", shape: [3, 3, 2], layer: [:], output: [2], multiplications: 2, additions: 16
        ),
        Case(
            name: "Rescaling", shape: [4], layer: ["scale": 2, "offset": 0], output: [4], multiplications: 4,
            additions: 0),
        Case(
            name: "Embedding", shape: [7], layer: ["input_dim": 9, "output_dim": 4], output: [7, 4], multiplications: 0,
            additions: 0),
        Case(name: "ReLU", shape: [open, 3], layer: [:], output: [open, 3], multiplications: 0, additions: 0),
        Case(
            name: "SimpleRNN", shape: [6, 3], layer: ["units": 2], output: [2], multiplications: 6 * (6 + 4),
            additions: 6 * (6 + 2 + 2)),
        Case(
            name: "LSTM", shape: [6, 3], layer: ["units": 2, "return_sequences": true], output: [6, 2],
            multiplications: 6 * (24 + 16 + 6), additions: 6 * (24 + 8 + 10)),
    ]

    private static let open: Int? = nil

    @Test("Counts by hand", arguments: cases)
    func layers(_ example: Case) throws {
        let network = try Network(kerasConfig: sequential(example.shape, [(example.name, example.layer)]))
        let counts = try network.operationCounts()
        #expect(network.outputExtents(ofLayer: 1) == [example.output])
        #expect(counts.isComplete)
        #expect(
            counts.dense == OperationCounts(multiplications: example.multiplications, additions: example.additions))
        #expect(counts.dense == counts.sparse)
    }
}
