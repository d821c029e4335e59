import ModelIO
import Networks
import OtherFormats
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Weights under the names and axes of another library. What the layers compute with them is tried against the libraries
/// themselves in `Interop/test_layout.py`.
@Suite struct WeightLayoutTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func convert(_ input: String, _ name: String, _ layout: WeightLayout, isStrict: Bool = true) throws
        -> String
    {
        var job = ConvertJob(input: input, output: folder(name))
        job.layout = layout
        job.isStrict = isStrict
        _ = try job.run()
        return folder(name)
    }

    private func tensors(_ path: String) throws -> [String: (shape: [Int], values: [Float])] {
        let reader = try ModelFiles.open(path)
        return try reader.tensors.enumerated().reduce(into: [:]) { result, tensor in
            let values = try reader.bytes(tensor.offset).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            result[tensor.element.name] = (tensor.element.shape.dimensions, values)
        }
    }

    @Test func aKernelIsTurned() throws {
        let old = try tensors(Fixtures.path("digits_cnn.h5"))
        let new = try tensors(try convert(Fixtures.path("digits_cnn.h5"), "a.safetensors", .pytorch))
        let kernel = try #require(
            old.first { $0.key.hasSuffix("conv2d_3/kernel:0") || $0.key.hasSuffix("conv2d_3/kernel") }?.value)
        let weight = try #require(new["conv2d_3.weight"])
        #expect(kernel.shape == [3, 3, 32, 64])
        #expect(weight.shape == [64, 32, 3, 3])
        for output in 0..<64 {
            for input in 0..<32 {
                for tap in 0..<9 {
                    #expect(
                        weight.values[(output * 32 + input) * 9 + tap]
                            == kernel.values[(tap * 32 + input) * 64 + output])
                }
            }
        }
        #expect(Set(new.keys).isSuperset(of: ["dense_3.weight", "dense_3.bias", "batch_normalization.running_var"]))
    }

    /// Names differ where Keras's own file has other groups; the elements are the same.
    @Test(arguments: ["digits_mlp.h5", "digits_cnn.h5", "digits_lstm.h5"])
    func thereAndBack(fixture: String) throws {
        let pytorch = try convert(Fixtures.path(fixture), "a.safetensors", .pytorch)
        let keras = try convert(pytorch, "b.h5", .keras)
        let model = try OpenModel(Fixtures.path(fixture), options: JobOptions()).droppingOptimizer()
        let old = try tensors(Fixtures.path(fixture))
        let new = try tensors(keras)
        #expect(new.count == model.reader.tensors.count)
        for role in model.analysis.roles {
            let parameter = try #require(role.parameter)
            let found = try #require(new["\(parameter.layer)/\(parameter.layer)/\(parameter.role):0"])
            #expect(found.shape == old[role.tensor]?.shape)
            #expect(found.values == old[role.tensor]?.values)
        }
    }

    @Test func headsAreJoined() throws {
        let old = try tensors(Fixtures.path("digits_attention.h5"))
        let new = try tensors(try convert(Fixtures.path("digits_attention.h5"), "a.safetensors", .pytorch))
        let joined = try #require(new["multi_head_attention.in_proj_weight"])
        #expect(joined.shape == [96, 32])
        for (number, part) in ["query", "key", "value"].enumerated() {
            let kernel = try #require(old.first { $0.key.contains("/\(part)/kernel") }?.value.values)
            for output in 0..<32 {
                for input in 0..<32 {
                    #expect(joined.values[(number * 32 + output) * 32 + input] == kernel[input * 32 + output])
                }
            }
        }
    }

    /// A file of plain tensors, each of ascending numbers.
    private func file(_ shapes: [(String, [Int])]) throws -> String {
        let tensors = try shapes.map { name, shape in
            let info = TensorInfo(name: name, elementType: .float32, shape: try Shape(shape))
            var writer = ByteWriter()
            for index in 0..<info.elementCount { writer.integer(Float(index).bitPattern) }
            return (info, writer.bytes)
        }
        let groups = Set(shapes.flatMap { TensorPaths.ancestors(of: $0.0) }).sorted()
        let entries =
            [.init(path: "", kind: .group(.init()))] + groups.map { FileTree.Entry(path: $0, kind: .group(.init())) }
            + tensors.map {
                FileTree.Entry(path: $0.0.name, kind: .tensor(.init(type: ValueType(storing: .float32))))
            }
        try writeFile(
            folder("in.safetensors"), FileTree(entries: entries), tensors, format: SafeTensorsFormat(), overwrite: true)
        return folder("in.safetensors")
    }

    @Test func gatesChangePlaces() throws {
        let input = try file([
            ("g.bias_hh_l0", [6]), ("g.bias_ih_l0", [6]), ("g.weight_hh_l0", [6, 2]), ("g.weight_ih_l0", [6, 1]),
        ])
        let found = try tensors(try convert(input, "out.h5", .keras))
        // r, z, n of two units each become z, r, h.
        #expect(found["g/g/kernel:0"]?.values == [2, 3, 0, 1, 4, 5])
        #expect(found["g/g/kernel:0"]?.shape == [1, 6])
        #expect(found["g/g/recurrent_kernel:0"]?.values == [4, 6, 0, 2, 8, 10, 5, 7, 1, 3, 9, 11])
        #expect(found["g/g/bias:0"]?.values == [2, 3, 0, 1, 4, 5, 2, 3, 0, 1, 4, 5])
    }

    @Test func twoBiasesAreAdded() throws {
        let input = try file([
            ("l.bias_hh_l0", [4]), ("l.bias_ih_l0", [4]), ("l.weight_hh_l0", [4, 1]), ("l.weight_ih_l0", [4, 3]),
            ("l.bias_hh_l1", [4]), ("l.bias_ih_l1", [4]), ("l.weight_hh_l1", [4, 1]), ("l.weight_ih_l1", [4, 1]),
        ])
        let found = try tensors(try convert(input, "out.h5", .keras))
        #expect(found["l/l/bias:0"]?.values == [0, 2, 4, 6])
        #expect(found["l_l1/l_l1/kernel:0"]?.shape == [1, 4])
    }

    @Test(arguments: [
        ("embed.weight", "embed/embed/embeddings:0", [5, 3]), ("fc.weight", "fc/fc/kernel:0", [3, 5]),
        ("model.wte.weight", "model.wte/model.wte/embeddings:0", [5, 3]),
    ])
    func aNameTellsATable(name: String, expected: String, shape: [Int]) throws {
        let found = try tensors(try convert(try file([(name, [5, 3])]), "out.h5", .keras))
        #expect(found[expected]?.shape == shape)
    }

    @Test(arguments: [["x.in_proj_weight"], ["w"], ["a.weight", "a.running_mean", "a.weight_g"]])
    func whatHasNoCounterpartIsNamed(names: [String]) throws {
        let input = try file(names.map { ($0, [4, 4]) } + [("fc.weight", [2, 2])])
        #expect(throws: SparsifyError.self) { try convert(input, "out.h5", .keras) }
        #expect(throws: SparsifyError.self) { try ModelFiles.open(folder("out.h5")) }
        var job = ConvertJob(input: input, output: folder("out.h5"))
        job.layout = .keras
        let report = try job.run()
        #expect(report.notes.contains { $0.contains("no counterpart for '") && $0.contains("'\(names[0])'") })
        #expect(Set(try tensors(folder("out.h5")).keys) == Set(names + ["fc/fc/kernel:0"]))
    }

    /// Keras's own file has nothing that PyTorch's names tell, and a file of plain tensors no layers.
    @Test(arguments: [
        (Fixtures.path("digits_mlp.h5"), WeightLayout.keras),
        (Fixtures.path("safetensors/types.safetensors"), .pytorch),
    ])
    func nothingKnownIsRefused(input: String, layout: WeightLayout) throws {
        let error = #expect(throws: SparsifyError.self) { try convert(input, "out.h5", layout, isStrict: false) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("No tensor of the file") == true)
    }

    /// Nothing is laid out for the extents of a tensor that has no elements.
    @Test(arguments: [
        ("h.weight", [1 << 40, 0]), ("h.weight", [0, 1 << 40]), ("h.weight_hh_l0", [0, 1 << 40]),
        ("h.weight", [4, 0, 1 << 40]),
    ])
    func extentsBesideZero(name: String, shape: [Int]) throws {
        let output = try convert(
            try file([(name, shape), ("fc.weight", [2, 3])]), "out.safetensors", .keras, isStrict: false)
        let found = try ModelFiles.open(output).tensors.map { ($0.name, $0.shape.dimensions) }
        #expect(found.contains { $0 == (name, shape) })
        #expect(found.contains { $0 == ("fc/fc/kernel:0", [3, 2]) })
        var job = MaskPicturesJob(input: output)
        job.patterns = ["*"]
        #expect(try job.run().map(\.name) == ["fc/fc/kernel:0"])
    }

    @Test func aSlopeWithoutAxesIsKeptAsItIs() throws {
        try KerasFile(
            config: KerasFile.functional(
                [
                    KerasFile.input("x", 3), KerasFile.node("PReLU", "p", from: ["x"]),
                    KerasFile.node("Dense", "d", "\"units\": 2, \"use_bias\": false", from: ["p"]),
                ], inputs: ["x"], outputs: ["d"]),
            weights: [.init("p", "alpha", [], [0.5]), .init("d", "kernel", [3, 2], [1, 2, 3, 4, 5, 6])]
        ).write(folder("in.h5"))
        let found = try tensors(try convert(folder("in.h5"), "out.safetensors", .pytorch, isStrict: false))
        #expect(found["d.weight"]?.values == [1, 3, 5, 2, 4, 6])
        #expect(found.values.contains { $0.shape.isEmpty && $0.values == [0.5] })
    }

    /// The second bias of an LSTM, which is zeros, is not in the file.
    @Test func moreThanTheBudgetIsRefused() throws {
        let input = Fixtures.path("digits_lstm.h5")
        var job = ConvertJob(input: input, output: folder("out.safetensors"))
        job.layout = .pytorch
        job.options.maximumDeclaredBytes = try ModelFiles.open(input).tensors.reduce(0) { $0 + $1.byteCount }
        let error = #expect(throws: SparsifyError.self) { try job.run() }
        #expect(error?.code == .limit)
        job.layout = nil
        _ = try job.run()
    }

    @Test func twoTensorsOfOneNameAreRefused() throws {
        let input = try file([("a.b.weight", [2, 2]), ("a/b.weight", [2, 2])])
        let error = #expect(throws: SparsifyError.self) { try convert(input, "out.h5", .keras) }
        #expect(error?.message.contains("this name") == true)
    }
}
