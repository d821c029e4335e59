import HDF5Format
import Inference
import ModelIO
import OtherFormats
import SPMFormat
import Tensors
import Testing

@testable import SparseModels

/// Predictions from `.spm` files: of the models in `fixtures/`, and of small ones in every type of weights.
@Suite struct PredictionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func code(_ error: any Error) -> SparsifyError.Code? { (error as? SparsifyError)?.code }

    private static let fixtures: String = {
        var parts = #filePath.split(separator: "/").dropLast(3)
        parts.append("fixtures")
        return "/" + parts.joined(separator: "/")
    }()

    /// Copies an HDF5 file tensor by tensor.
    private func convert(_ path: String, to output: String) throws {
        let reader = try HDF5Format().makeReader(path: path, options: ReadOptions(threads: 1))
        let writer = try SPMWriter(
            path: output, tree: reader.tree, tensors: reader.tensors, options: WriteOptions(threads: 1))
        for (index, info) in reader.tensors.enumerated() {
            try writer.append(info, expectedNonzeros: nil) { try reader.read(index, $0, into: $1) }
        }
        try writer.finish()
    }

    @Test(arguments: ["digits_mlp", "digits_cnn", "digits_lstm", "digits_attention"])
    func predictionsAreThoseOfKeras(name: String) throws {
        try convert("\(Self.fixtures)/\(name).h5", to: folder("model.spm"))
        let images = try NPZArchive(path: "\(Self.fixtures)/digits.npz").array("x_test")
        let expected = try NPZArchive(path: "\(Self.fixtures)/predictions.npz").array(name).floats()
        let model = try SparseModel(contentsOf: folder("model.spm"))
        let result = try model.predict(Tensor(shape: images.shape.dimensions, values: images.floats()))
        #expect(result.shape == [360, 10])
        let gap = zip(result.values, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(gap < 1e-4)
    }

    // MARK: Small models

    /// A dense layer from 3 to 2, with weights that every type holds.
    private func write(
        _ type: ElementType, dtype: String? = nil, shape: [Int] = [3, 2], hasBias: Bool = true, config: String? = nil,
        encode: (Double) -> [UInt8]
    ) throws -> String {
        let kernel: [Double] = [1, -2, 0.5, 0, 4, -0.25]
        let policy = dtype.map { ", \"dtype\": \"\($0)\"" } ?? ""
        let model =
            config ?? """
                {"class_name": "Sequential", "config": {"name": "m", "layers": [
                  {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 3]}},
                  {"class_name": "Dense", "config": {"name": "d", "units": 2\(policy)}}]}}
                """
        var file = ModelFile()
        file.attributes = [text("model_config", model), text("keras_version", "2.15.0")]
        try file.add("model_weights/d/d/kernel:0", type, shape, kernel.flatMap(encode))
        if hasBias { try file.add("model_weights/d/d/bias:0", type, [2], [3, -1].flatMap(encode)) }
        let path = folder("\(type.name)-\(dtype ?? "plain").spm")
        try file.write(path)
        return path
    }

    private func text(_ name: String, _ value: String) -> Attribute {
        Attribute(
            name: name,
            value: DataValue(
                type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
                payload: .blocks([Array(value.utf8)])))
    }

    private static func bytes<Number>(_ number: Number) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }

    private static func encoder(_ type: ElementType) -> (Double) -> [UInt8] {
        switch type {
        // Every weight here has a fraction of a few bits, so cutting bits off is exact.
        case .float16: { bytes(FloatingPointBitsForTests.half(Float($0))) }
        case .bfloat16, .opaque16: { bytes(UInt16(Float($0).bitPattern >> 16)) }
        case .float64: { bytes($0) }
        default: { bytes(Float($0)) }
        }
    }

    /// x · kernel + bias by hand.
    private static let input: [Float] = [1, 2, 3, -1, 0, 0.5]
    private static let output: [Float] = [17, -3.75, 4, 0.875]

    @Test(arguments: [ElementType.float16, .bfloat16, .float32, .float64])
    func weightsOfEveryTypeAreReadAsTheNumbersTheyMean(type: ElementType) throws {
        let model = try SparseModel(contentsOf: write(type, encode: Self.encoder(type)))
        #expect(try !model.predictor().isDouble)
        #expect(try model.predict(Tensor(shape: [2, 3], values: Self.input)).values == Self.output)
        let named = try model.predict(["x": Tensor(shape: [2, 3], values: Self.input)])
        #expect(named.keys.sorted() == ["d"])
        #expect(named["d"]?.values == Self.output)
    }

    /// Keras stores bfloat16 as two bytes without a name; the configuration says what they are.
    @Test func unmarkedBytesAreBFloat16WhereTheLayerSaysSo() throws {
        let path = try write(.opaque16, dtype: "bfloat16", encode: Self.encoder(.opaque16))
        #expect(
            try SparseModel(contentsOf: path).predict(Tensor(shape: [2, 3], values: Self.input)).values == Self.output)
        let unknown = try write(.opaque16, encode: Self.encoder(.opaque16))
        #expect { try SparseModel(contentsOf: unknown).predict(Tensor(shape: [2, 3], values: Self.input)) } throws: {
            code($0) == .unsupported && "\($0)".contains("opaque16")
        }
    }

    @Test func float64IsComputedInDouble() throws {
        let path = try write(.float64, dtype: "float64", encode: { Self.bytes($0 / 3) })
        let model = try SparseModel(contentsOf: path)
        #expect(try model.predictor().isDouble)
        let input = try Tensor<Double>(shape: [1, 3], values: [1, 2, 3])
        let result = try model.predict(input).values
        // In single precision they would be wrong from the eighth digit on.
        #expect(zip(result, [17.0 / 3, -3.75 / 3]).allSatisfy { abs($0 - $1) < 1e-14 })
    }

    // MARK: What cannot be run

    @Test(arguments: [ElementType.int8, .uint8, .int16, .uint16])
    func quantisedWeightsAreRefused(type: ElementType) throws {
        let path = try write(type, encode: { Array(Self.bytes(Int16($0)).prefix(type.byteWidth)) })
        let model = try SparseModel(contentsOf: path)
        #expect { try model.predict(Tensor(shape: [2, 3], values: Self.input)) } throws: {
            let text = "\($0)"
            return code($0) == .unsupported
                && [type.name, path, "'d'", "model_weights/d/d/", "quantised", "pruned"].allSatisfy(text.contains)
        }
    }

    @Test func aMissingWeightIsNamed() throws {
        let path = try write(.float32, hasBias: false, encode: Self.encoder(.float32))
        #expect { try SparseModel(contentsOf: path).predict(Tensor(shape: [2, 3], values: Self.input)) } throws: {
            code($0) == .malformed && "\($0)".contains("'bias'") && "\($0)".contains("'d'") && "\($0)".contains(path)
                && "\($0)".contains("pruned")
        }
    }

    @Test func aWeightOfAnotherShapeIsNamed() throws {
        let path = try write(.float32, shape: [6, 1], encode: Self.encoder(.float32))
        #expect { try SparseModel(contentsOf: path).predict(Tensor(shape: [2, 3], values: Self.input)) } throws: {
            let text = "\($0)"
            return code($0) == .malformed && ["'kernel'", "'d'", "(6, 1)", path, "pruned"].allSatisfy(text.contains)
        }
    }

    @Test func inputsThatDoNotFitAreRefused() throws {
        let model = try SparseModel(contentsOf: write(.float32, encode: Self.encoder(.float32)))
        let input = try Tensor<Float>(shape: [2, 3], values: Self.input)
        #expect { try model.predict(["y": input]) } throws: { code($0) == .usage && "\($0)".contains("'y'") }
        #expect { try model.predict([String: Tensor<Float>]()) } throws: {
            code($0) == .usage && "\($0)".contains("'x'")
        }
        #expect { try model.predict(Tensor<Float>(shape: [3, 2], values: Self.input)) } throws: {
            code($0) == .usage && "\($0)".contains("'x'")
        }
        #expect { try Tensor<Float>(shape: [2, 2], values: Self.input) } throws: { code($0) == .usage }
        #expect(try model.predict(Tensor<Float>(shape: [0, 3], values: [])).shape == [0, 2])
    }

    @Test func aFileWithoutANetworkIsRefused() throws {
        var file = ModelFile()
        try file.add("w", [1], [1])
        try file.write(folder("plain.spm"))
        let model = try SparseModel(contentsOf: folder("plain.spm"))
        #expect { try model.predict(Tensor<Float>(shape: [1, 1], values: [1])) } throws: {
            code($0) == .unsupported && "\($0)".contains("plain.spm") && "\($0)".contains("pruned")
        }
    }
}

/// Half precision by hand, for numbers that it holds.
private enum FloatingPointBitsForTests {
    static func half(_ value: Float) -> UInt16 {
        guard value != 0 else { return 0 }
        let bits = value.bitPattern
        let exponent = Int((bits >> 23) & 0xff) - 127 + 15
        return UInt16((bits >> 31) << 15) | UInt16(exponent << 10) | UInt16((bits >> 13) & 0x3ff)
    }
}
