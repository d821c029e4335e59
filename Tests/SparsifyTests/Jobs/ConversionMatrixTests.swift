import ModelIO
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Every format into every format, with every type of elements, and with the shapes and names that go wrong first.
@Suite struct ConversionMatrixTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    struct Pair: Sendable, CustomTestStringConvertible {
        var from: String
        var to: String
        var testDescription: String { "\(from) to \(to)" }
    }

    static let pairs = MatrixModel.writable.flatMap { from in
        MatrixModel.writable.map { Pair(from: from.id, to: $0.id) }
    }

    private func path(_ id: String, _ name: String) throws -> String {
        folder("\(name).\(try MatrixModel.format(id).extensions[0])")
    }

    /// Names, types, shapes and bits of all tensors, whatever their order.
    private func described(_ path: String) throws -> [String: MatrixModel.Tensor] {
        let reader = try ModelFiles.open(path)
        var result: [String: MatrixModel.Tensor] = [:]
        for (index, info) in reader.tensors.enumerated() {
            let known = result.updateValue(
                .init(
                    name: info.name, type: info.elementType, shape: info.shape.dimensions,
                    bytes: try reader.bytes(index)),
                forKey: info.name)
            #expect(known == nil)
        }
        return result
    }

    @Test(arguments: pairs, ElementType.allCases)
    func everyTypeIsTheSameInEveryFormat(pair: Pair, type: ElementType) throws {
        let model = MatrixModel(type, for: [pair.from, pair.to])
        let source = try path(pair.from, "source")
        guard MatrixModel.holds(pair.from, type) else {
            #expect { try model.write(source, pair.from) } throws: { code($0) == .unsupported }
            return
        }
        try model.write(source, pair.from)
        let target = try path(pair.to, "target")
        var job = ConvertJob(input: source, output: target)
        job.options.threads = 1
        guard MatrixModel.holds(pair.to, type), MatrixModel.canCarry(pair.from, to: pair.to) else {
            let before = folder.contents
            #expect { try job.run() } throws: { code($0) == .unsupported }
            #expect(folder.contents == before)
            return
        }
        _ = try job.run()
        let expected = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0) })
        #expect(try described(source) == expected)
        #expect(try described(target) == expected)

        // And back again, where the way back exists.
        guard MatrixModel.canCarry(pair.to, to: pair.from) else { return }
        var back = ConvertJob(input: target, output: try path(pair.from, "back"))
        back.options.threads = 1
        _ = try back.run()
        #expect(try described(back.output) == expected)
    }

    /// The most axes that a format has, and one more.
    @Test(arguments: [("spm", 8), ("hdf5", 32)], ["safetensors", "onnx"])
    func moreAxesThanTheTargetHasAreRefused(target: (id: String, axes: Int), source: String) throws {
        for count in [target.axes, target.axes + 1] {
            let name = "rank\(count)"
            let model = MatrixModel(tensors: [
                .init(name: "w", type: .uint8, shape: [Int](repeating: 1, count: count - 1) + [3], bytes: [1, 0, 2])
            ])
            try model.write(try path(source, name), source)
            let job = ConvertJob(input: try path(source, name), output: try path(target.id, name))
            if count <= target.axes {
                _ = try job.run()
                #expect(try described(job.output) == described(job.input))
            } else {
                let before = folder.contents
                #expect { try job.run() } throws: { code($0) == .limit || code($0) == .unsupported }
                #expect(folder.contents == before)
            }
        }
    }

    /// Sixty-four axes go between the formats that set no bound.
    @Test(arguments: [("safetensors", "onnx"), ("onnx", "safetensors"), ("safetensors", "safetensors")])
    func manyAxesAreKeptWhereThereIsNoBound(from: String, to: String) throws {
        let model = MatrixModel(tensors: [
            .init(name: "w", type: .int16, shape: [Int](repeating: 1, count: 63) + [2], bytes: [1, 2, 3, 4])
        ])
        try model.write(try path(from, "in"), from)
        _ = try ConvertJob(input: try path(from, "in"), output: try path(to, "out")).run()
        #expect(try described(try path(to, "out")) == described(try path(from, "in")))
    }

    /// Types whose bits integers carry keep their names; where the target packs them otherwise, it refuses.
    @Test(
        arguments: ["F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64", "F6_E2M3", "F6_E3M2", "F4"],
        ["spm", "hdf5", "onnx", "safetensors"])
    func carriedTypesAreTheSameInEveryFormat(type: String, to: String) throws {
        let size = type == "C64" ? 64 : type.hasPrefix("F6") ? 24 : type == "F4" ? 16 : 32
        let count = type.hasPrefix("F8") ? 32 : type == "C64" ? 8 : 32
        let text = #"{"w":{"dtype":"\#(type)","shape":[4,\#(count / 4)],"data_offsets":[0,\#(size)]}}"#
        let padded = Array(text.utf8) + [UInt8](repeating: 0x20, count: (8 - text.utf8.count % 8) % 8)
        let bytes = [UInt8(padded.count)] + [UInt8](repeating: 0, count: 7) + padded + (0..<UInt8(size)).map { $0 &* 7 }
        try store(bytes, try path("safetensors", "in"))
        let job = ConvertJob(input: try path("safetensors", "in"), output: try path(to, "out"))
        guard to != "onnx" || !["F6_E2M3", "F6_E3M2", "F4"].contains(type) else {
            #expect { try job.run() } throws: { code($0) == .unsupported }
            return
        }
        _ = try job.run()
        _ = try ConvertJob(input: job.output, output: try path("safetensors", "back")).run()
        #expect(try contents(try path("safetensors", "back")) == bytes)
    }

    /// A file of a single array has no name for it, and is called as the array.
    @Test func aSingleArrayGoesThereAndBack() throws {
        let model = MatrixModel(tensors: [
            .init(name: "w", type: .int16, shape: [2, 2], bytes: [1, 2, 0, 0, 5, 6, 7, 8])
        ])
        try model.write(try path("safetensors", "in"), "safetensors")
        let report = try ConvertJob(input: try path("safetensors", "in"), output: folder("kernel.npy")).run()
        #expect(report.notes.contains { $0.contains("the name 'w' is not kept") })
        _ = try ConvertJob(input: folder("kernel.npy"), output: try path("spm", "out")).run()
        let found = try described(try path("spm", "out"))
        #expect(found.keys.map { $0 } == ["kernel"] && found["kernel"]?.bytes == model.tensors[0].bytes)
    }

    /// Nothing to hold is no reason to fail, in formats that hold tensors alone.
    @Test(arguments: pairs.filter { !$0.from.hasPrefix("keras") && !$0.to.hasPrefix("keras") })
    func aModelWithoutTensorsIsConverted(pair: Pair) throws {
        try MatrixModel(tensors: []).write(try path(pair.from, "in"), pair.from)
        _ = try ConvertJob(input: try path(pair.from, "in"), output: try path(pair.to, "out")).run()
        #expect(try described(try path(pair.to, "out")).isEmpty)
    }
}
