import ModelIO
import Tensors
import Testing

@testable import OtherFormats

/// Weights as compressed-tensors' legacy format sparse-bitmask keeps them.
@Suite struct SparseBitmaskTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    struct Parts: Sendable {
        var shape: [Int64] = [2, 10]
        var bitmask: [UInt8] = [0b0000_0010, 0b10, 0b1000_0001, 0b01]
        var bitmaskShape = [2, 2]
        var values: [Float] = [5, 6, 1, 2, 3]
        var offsets: [Int64] = [0, 2]
        var prefix = "layer"
        var missing: String?
    }

    private func store(_ parts: Parts) throws -> String {
        let data: [(String, String, [Int], [UInt8])] = [
            ("\(parts.prefix).shape", "I64", [parts.shape.count], parts.shape.flatMap { bytes($0) }),
            ("\(parts.prefix).bitmask", "U8", parts.bitmaskShape, parts.bitmask),
            ("\(parts.prefix).compressed", "F32", [parts.values.count], parts.values.flatMap { bytes($0.bitPattern) }),
            ("\(parts.prefix).row_offsets", "I64", [parts.offsets.count], parts.offsets.flatMap { bytes($0) }),
            ("layer.bias", "F32", [1], bytes(Float(9).bitPattern)),
        ].filter { $0.0 != parts.missing }
        var (entries, all): ([String], [UInt8]) = ([], [])
        for (name, type, shape, bytes) in data {
            entries.append(entry(name, type, shape, all.count..<all.count + bytes.count))
            all += bytes
        }
        return try folder.store("model.safetensors", safetensors("{\(entries.joined(separator: ","))}", all))
    }

    private func open(_ parts: Parts) throws -> any ModelReader {
        try SafeTensorsFormat().makeReader(path: try store(parts), options: ReadOptions())
    }

    @Test(arguments: ["layer", "layer.weight"]) func weightsAreShownDecoded(prefix: String) throws {
        let reader = try open(Parts(prefix: prefix))
        #expect(Set(reader.tensors.map(\.name)) == ["layer.weight", "layer.bias"])
        let index = try #require(reader.tensors.firstIndex { $0.name == "layer.weight" })
        #expect(reader.tensors[index].shape.dimensions == [2, 10] && reader.tensors[index].elementType == .float32)
        let expected: [Float] = [0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 1, 0, 0, 0, 0, 0, 0, 2, 3, 0]
        for range in [0..<20, 0..<10, 9..<11, 17..<20, 3..<3, 19..<20] {
            var found = [Float](repeating: .nan, count: range.count)
            try found.withUnsafeMutableBytes { try reader.read(index, range, into: $0) }
            #expect(found == Array(expected[range]))
        }
        #expect(reader.warnings.contains { $0.contains("1 weights are compressed") })
        // What is written is dense, and read as such.
        try copy(reader, to: folder("b.safetensors"))
        let plain = try SafeTensorsReader(path: folder("b.safetensors"))
        #expect(Set(plain.tensors.map(\.name)) == ["layer.weight", "layer.bias"])
    }

    @Test func theConfigurationIsNotKept() throws {
        _ = try folder.store("config.json", Array(#"{"sparsity_config": {"format": "sparse-bitmask"}}"#.utf8))
        let reader = try open(Parts())
        #expect(reader.tree.entries[0].attributes.isEmpty)
        #expect(reader.warnings.contains { $0.contains("config.json is not kept") })
    }

    @Test func aGroupThatIsNotWholeIsOfPlainTensors() throws {
        let reader = try open(Parts(missing: "layer.row_offsets"))
        #expect(reader is SafeTensorsReader && reader.tensors.count == 4)
    }

    @Test(
        arguments: [
            (Parts(shape: [2]), "no two numbers"), (Parts(shape: [2, -1]), "negative"),
            (Parts(shape: [2, 20]), "has the shape"), (Parts(shape: [3, 10]), "has the shape"),
            (Parts(shape: [.max, 10]), "elements"), (Parts(shape: [.max, .max]), "elements"),
            (Parts(shape: [0, .max]), "has the shape"),
            (Parts(bitmaskShape: [4]), "has the shape"), (Parts(offsets: [0]), "for 2 rows"),
            (Parts(offsets: [1, 2]), "divide"), (Parts(offsets: [0, 6]), "divide"),
            (Parts(offsets: [0, -2]), "negative"),
            (Parts(offsets: [0, 1]), "other bits"), (Parts(bitmask: [2, 2, 0x81, 3]), "other bits"),
            (Parts(bitmask: [2, 6, 0x81, 1]), "other bits"), (Parts(values: [1, 2, 3, 4]), "other bits"),
        ]) func whatDoesNotFitIsRefused(parts: Parts, message: String) throws
    {
        expectFailure(.malformed, message, "layer.weight") {
            let reader = try open(parts)
            _ = try reader.bytes("layer.weight")
        }
    }
}
