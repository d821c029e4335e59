import Inference
import ModelIO
import Pruning
import Tensors
import Testing

@testable import Sparsify

/// Weights that are changed in memory, over a file.
@Suite struct WorkingModelTests {
    private let folder: TemporaryFolder
    private static let stored: [Float] = [1.5, -2, 0.25, 3]

    init() throws { folder = try TemporaryFolder() }

    /// A network whose only kernel is of this type.
    private func model(_ type: ElementType, _ bytes: [UInt8]) throws -> WorkingModel {
        let valueType: ValueType =
            switch type {
            case .float16: .float(FloatLayout.ieee(size: 2)!)
            case .float64: .float(FloatLayout.ieee(size: 8)!)
            default: .float(FloatLayout.ieee(size: 4)!)
            }
        let config = KerasFile.functional(
            [
                KerasFile.input("x", 2),
                KerasFile.node("Dense", "d", "\"units\": 2, \"use_bias\": false", from: ["x"]),
            ], inputs: ["x"], outputs: ["d"])
        let name = "model_weights/d/d/kernel"
        var tree = FileTree(entries: [
            .init(path: "", kind: .group(.init()), attributes: [text("model_config", config)]),
            .init(path: "model_weights", kind: .group(.init()), attributes: [texts("layer_names", ["d"])]),
            .init(path: "model_weights/d", kind: .group(.init()), attributes: [texts("weight_names", ["d/kernel"])]),
            .init(path: "model_weights/d/d", kind: .group(.init())),
        ])
        tree.entries.append(.init(path: name, kind: .tensor(DatasetProperties(type: valueType))))
        try writeFile(
            folder("m.h5"), tree,
            [(TensorInfo(name: name, elementType: type, shape: try Shape([2, 2])), bytes)], overwrite: true)
        let opened = try OpenModel(folder("m.h5"), options: JobOptions())
        let selection = try TensorSelection(opened.reader.tensors, defaults: opened.choices, include: [], exclude: [])
        return try WorkingModel(opened, PlannedModel(model: opened, selection: selection))
    }

    private static func bytes(_ type: ElementType, _ values: [Float]) -> [UInt8] {
        switch type {
        case .float16: values.map(FloatingPointBits.half).withUnsafeBytes { Array($0) }
        case .float64: values.map(Double.init).withUnsafeBytes { Array($0) }
        default: bits(values)
        }
    }

    @Test(arguments: [ElementType.float16, .float32, .float64])
    func changesAreSeenInTheTypeOfTheFile(type: ElementType) throws {
        let working = try model(type, Self.bytes(type, Self.stored))
        #expect(try working.values(0) == Self.stored)
        try working.set(0, [1.5, -2.5, 7, 0.1], kept: [true, true, false, true])
        let expected: [Float] = [1.5, -2.5, 0, type == .float16 ? FloatingPointBits.float(fromHalf: 0x2e66) : 0.1]
        #expect(try working.values(0) == expected)
        #expect(try working.shown.bytes(0) == Self.bytes(type, expected))
        // The network computes with what the file will hold.
        var memory = [Float](repeating: 0, count: 4)
        let parameter = try #require(working.parameter(0))
        try memory.withUnsafeMutableBufferPointer { try working.parameters.read(parameter, into: $0) }
        #expect(memory == expected)
    }

    @Test func whatDoesNotChangeKeepsItsBits() throws {
        let wide = [0.1, -0.0, Double.pi, 1e-300].withUnsafeBytes { Array($0) }
        let working = try model(.float64, wide)
        try working.set(0, working.values(0), kept: [true, true, true, true])
        #expect(try working.shown.bytes(0) == wide)
        try working.set(0, working.values(0), kept: [true, false, true, true])
        #expect(try working.shown.bytes(0) == [0.1, 0, Double.pi, 1e-300].withUnsafeBytes { Array($0) })
    }

    @Test(arguments: [Float.nan, .infinity, 1e6])
    func numbersThatTheTypeDoesNotHoldAreRefused(bad: Float) throws {
        let working = try model(.float16, Self.bytes(.float16, Self.stored))
        #expect { try working.set(0, [1, bad, 2, 3], kept: nil) } throws: {
            ($0 as? SparsifyError)?.code == .numerical && "\($0)".contains("Element 1")
        }
        try working.set(0, [1, bad, 2, 3], kept: [true, false, true, true])
        #expect(try working.values(0) == [1, 0, 2, 3])
    }

    @Test func scoresPruneExactly() throws {
        var task = try LayerwiseTask.make("digits_mlp.h5", sparsity: 0.6)
        let scores = try task.model.tensors.indices.map { try task.model.values($0).map { -$0 } }
        let outcome = try task.prune(byScores: scores, criterion: "test")
        for tensor in task.model.tensors.indices {
            #expect(outcome[tensor].pruned == task.zeros?[tensor])
            #expect(try task.model.values(tensor).count { $0 == 0 } == outcome[tensor].pruned)
            // Scores that are negative are all the same, so that positive weights go first.
            #expect(try !task.model.values(tensor).contains { $0 > 0 })
        }
        task = try LayerwiseTask.make("digits_mlp.h5", sparsity: 0.6)
        #expect(try task.model.values(0).count { $0 == 0 } == 0)
    }
}
