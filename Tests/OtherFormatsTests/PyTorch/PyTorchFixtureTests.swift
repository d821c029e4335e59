import ModelIO
import Tensors
import Testing

@testable import OtherFormats

/// Checkpoints that `torch.save` wrote, against the bytes that PyTorch has of their tensors.
@Suite struct PyTorchFixtureTests {
    private static let folder = Fixtures.path("../pytorch")
    private static let files = [
        "state.pt", "checkpoint.pth", "views.pt", "types.pt", "protocol3.pt", "protocol4.pt", "protocol5.pt",
        "parameter.pt",
    ]

    private func reader(_ name: String) throws -> PyTorchReader { try PyTorchReader(path: "\(Self.folder)/\(name)") }

    private func name(_ reader: PyTorchReader, _ tensor: TensorInfo) throws -> String {
        try TensorName.decoded(try #require(reader.tree.entry(at: tensor.name))) ?? tensor.name
    }

    private func elements(_ reader: PyTorchReader, _ index: Int, _ range: Range<Int>? = nil) throws -> [UInt8] {
        let tensor = reader.tensors[index]
        let range = range ?? 0..<tensor.elementCount
        var result = [UInt8](repeating: 0xaa, count: range.count * tensor.elementType.byteWidth)
        try result.withUnsafeMutableBytes { try reader.read(index, range, into: $0) }
        return result
    }

    @Test(arguments: files) func tensorsAreThoseOfPyTorch(file: String) throws {
        let reader = try reader(file)
        let archive = try NPZArchive(path: "\(Self.folder)/expected.npz")
        var found = 0
        for (index, tensor) in reader.tensors.enumerated() {
            let key = "\(file):\(try name(reader, tensor))"
            guard archive.names.contains(key) else { continue }
            let all = try elements(reader, index)
            #expect(try archive.array(key).bytes() == all, "\(key)")
            found += 1
            let (count, width) = (tensor.elementCount, tensor.elementType.byteWidth)
            let middle = count / 3..<count - count / 4
            #expect(
                try elements(reader, index, middle) == Array(all[middle.lowerBound * width..<middle.upperBound * width])
            )
        }
        #expect(found == archive.names.count { $0.hasPrefix("\(file):") })
    }

    @Test func namesShapesAndTiedWeights() throws {
        let state = try reader("state.pt")
        #expect(state.tensors.map(\.name).contains("norm.num_batches_tracked") && state.tensors.count == 9)
        #expect(state.tree.entry(at: "tied.weight")?.kind == .alias(target: "head.weight"))
        #expect(state.tensors[0].shape.dimensions == [4, 1, 3, 3] && state.warnings.isEmpty)
        let checkpoint = try reader("checkpoint.pth")
        #expect(checkpoint.tensors.map(\.name).contains("optimizer/state/0/exp_avg"))
        let warning = try #require(checkpoint.warnings.first)
        #expect(warning.contains("epoch, best,") && warning.contains("more"))
        let views = try reader("views.pt")
        let shapes = Dictionary(uniqueKeysWithValues: views.tensors.map { ($0.name, $0.shape.dimensions) })
        #expect(shapes["turned"] == [5, 3, 4] && shapes["empty"] == [3, 0, 2] && shapes["scalar"] == [])
        #expect(try views.tensors.map { try name(views, $0) }.contains("имя/с a%b"))
    }

    @Test func typesThatIntegersCarry() throws {
        let reader = try reader("types.pt")
        let carried = reader.tree.carriedTypes
        #expect(carried["float8_e4m3fn"] == "F8_E4M3" && carried["complex64"] == "C64" && carried["uint8"] == nil)
        #expect(reader.tree.entry(at: "bfloat16")?.attributes == [.bfloat16Mark])
        #expect(reader.tensors.first { $0.name == "complex64" }?.elementType == .uint64)
    }

    @Test(
        arguments: [
            ("module.pt", "torch.nn.modules.linear.Linear"), ("script.pt", "__torch__.torch.nn.modules.linear.Linear"),
            ("scalar.pt", "multiarray.scalar"),
        ]) func whatWouldRunCodeIsRefusedByName(file: String, name: String)
    {
        expectFailure(.refused, name, "state_dict()") { _ = try reader(file) }
    }

    @Test func olderFilesAreRefused() {
        expectFailure(.unsupported, "before 1.6") { _ = try reader("legacy.pt") }
    }

    @Test func filesAreRecognised() throws {
        let format = PyTorchFormat()
        for file in Self.files + ["legacy.pt", "module.pt"] {
            #expect(format.recognizes(head: try InputFile(path: "\(Self.folder)/\(file)").head(), path: "x.bin"))
        }
        expectFailure(.unsupported, ".safetensors") {
            _ = try format.makeWriter(path: "x.pt", tree: FileTree(), tensors: [], options: WriteOptions())
        }
    }
}
