import Inference
import ModelIO
import Networks
import OtherFormats
import Pruning
import SparseModels
import Tensors
import Testing

@testable import Sparsify

/// The inputs that a layer's weights are said to meet, against what the layer computes: without a bias, ‖W X‖² is the sum
/// of the squares of its outputs, for any weights.
@Suite struct InputLayoutTests {
    struct Layer: Sendable, CustomTestStringConvertible {
        var className: String
        var fields: String
        var input: [Int]
        var role = "kernel"
        var kernel: [Int]
        var testDescription: String { "\(className) \(fields) \(input)" }
    }

    static let layers = [
        Layer(className: "Dense", fields: "\"units\": 5", input: [7], kernel: [7, 5]),
        Layer(className: "Dense", fields: "\"units\": 5", input: [3, 2, 7], kernel: [7, 5]),
        Layer(
            className: "EinsumDense", fields: "\"equation\": \"abc,cd->abd\", \"output_shape\": [null, 4]",
            input: [3, 6],
            kernel: [6, 4]),
        Layer(
            className: "EinsumDense", fields: "\"equation\": \"abc,bcd->abd\", \"output_shape\": [3, 4]",
            input: [3, 6],
            kernel: [3, 6, 4]),
        Layer(
            className: "EinsumDense", fields: "\"equation\": \"abcd,cde->abe\", \"output_shape\": [2, 4]",
            input: [2, 3, 5], kernel: [3, 5, 4]),
        Layer(
            className: "EinsumDense", fields: "\"equation\": \"abc,dce->abde\", \"output_shape\": [3, 2, 4]",
            input: [3, 6], kernel: [2, 6, 4]),
        Layer(className: "Conv1D", fields: window("[3]", "[1]", "causal"), input: [7, 2], kernel: [3, 2, 4]),
        Layer(
            className: "Conv2D", fields: window("[3, 2]", "[1, 1]", "valid"), input: [6, 5, 3], kernel: [3, 2, 3, 4]),
        Layer(
            className: "Conv2D", fields: window("[3, 3]", "[2, 2]", "same"), input: [6, 5, 3], kernel: [3, 3, 3, 4]),
        Layer(
            className: "Conv2D", fields: window("[2, 3]", "[1, 1]", "same") + ", \"dilation_rate\": [2, 1]",
            input: [6, 5, 3], kernel: [2, 3, 3, 4]),
        Layer(
            className: "Conv2D", fields: window("[2, 2]", "[1, 1]", "valid") + ", \"groups\": 2", input: [4, 4, 6],
            kernel: [2, 2, 3, 4]),
        Layer(
            className: "Conv2D",
            fields: window("[2, 2]", "[1, 1]", "valid") + ", \"data_format\": \"channels_first\"", input: [3, 5, 4],
            kernel: [2, 2, 3, 4]),
        Layer(
            className: "Conv3D", fields: window("[2, 2, 2]", "[1, 2, 1]", "same"), input: [3, 4, 2, 2],
            kernel: [2, 2, 2, 2, 4]),
        Layer(
            className: "DepthwiseConv2D", fields: window("[3, 3]", "[2, 2]", "same") + ", \"depth_multiplier\": 2",
            input: [5, 6, 3], role: "depthwise_kernel", kernel: [3, 3, 3, 2]),
        Layer(
            className: "Conv2DTranspose", fields: window("[3, 3]", "[2, 2]", "same"), input: [4, 3, 2],
            kernel: [3, 3, 4, 2]),
        Layer(
            className: "Conv2DTranspose", fields: window("[3, 2]", "[2, 1]", "valid"), input: [4, 3, 2],
            kernel: [3, 2, 4, 2]),
        Layer(
            className: "LocallyConnected1D", fields: window("[3]", "[1]", "valid"), input: [6, 2], kernel: [4, 6, 4]),
    ]

    private static func window(_ size: String, _ strides: String, _ padding: String) -> String {
        "\"filters\": 4, \"kernel_size\": \(size), \"strides\": \(strides), \"padding\": \"\(padding)\""
    }

    @Test(arguments: layers)
    func energyIsThatOfTheOutputs(layer: Layer) throws {
        let folder = try TemporaryFolder()
        var noise = SplitMix64(seed: 5)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(noise.next(below: 2001)) / 1000 - 1 } }
        let extents = layer.input.map { ", \($0)" }.joined()
        let kernel = numbers(layer.kernel.reduce(1, *))
        try KerasFile(
            config: KerasFile.functional(
                [
                    KerasFile.node("InputLayer", "x", "\"batch_input_shape\": [null\(extents)]"),
                    KerasFile.node(layer.className, "l", layer.fields + ", \"use_bias\": false", from: ["x"]),
                ], inputs: ["x"], outputs: ["l"]),
            weights: [.init("l", layer.role, layer.kernel, kernel)]
        ).write(folder("m.h5"))
        let model = try OpenModel(folder("m.h5"), options: JobOptions())
        let selection = try TensorSelection(model.reader.tensors, defaults: model.choices, include: [], exclude: [])
        let working = try WorkingModel(model, PlannedModel(model: model, selection: selection))
        let count = 5
        let input = try Tensor(shape: [count] + layer.input, values: numbers(count * layer.input.reduce(1, *)))
        let data = CalibrationData(
            inputs: [SampleArray(input)], labels: nil, labelSource: "", rows: Array(0..<count), available: count,
            seed: nil,
            batch: 2,
            notes: [])
        let inputs = LayerInputs(model: working, data: data, options: JobOptions())
        let uses = inputs.uses(try #require(working.parameter(0)))
        let found = try #require(try inputs.grams(uses, shape: layer.kernel))
        let energy = found.grams.enumerated().reduce(0.0) { sum, entry in
            sum
                + LayerProblem(
                    outputs: found.weights.outputs.count, inputs: found.weights.inputs.count,
                    weights: found.weights.gather(entry.offset, from: kernel), gram: entry.element
                ).energy
        }
        let output = try Model(contentsOf: folder("m.h5"), kernels: .dense).predict(input)
        let expected = output.values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(energy - expected) < 1e-5 * expected)
    }

    /// A matrix that is gathered is put back where it was.
    @Test func matricesAreBijections() {
        let matrices = WeightMatrices(
            matrices: [0, 2], outputs: InputLayout.spread([2], [1]), inputs: InputLayout.spread([3, 2], [8, 4]))
        let tensor = (0..<24).map(Float.init)
        var copy = [Float](repeating: -1, count: 24)
        for index in 0..<2 {
            matrices.scatter(matrices.gather(index, from: tensor).map { Float($0) }, index, to: &copy)
        }
        #expect(copy == tensor)
        #expect(matrices.elementCount == 24)
    }
}
