import Foundation
import HDF5Format
import ModelIO
import Tensors
import Testing

@testable import KerasArchives

@Suite struct ShardedWeightsTests {
    private let folder: TemporaryFolder
    private static let fixture = Fixtures.path("keras/sharded/model.weights.json")
    init() throws { folder = try TemporaryFolder() }

    private func write(_ reader: any ModelReader, _ path: String, shardByteCount: Int = 1 << 30) throws {
        let writer = try ShardedWeightsWriter(
            path: path, tree: reader.tree, tensors: reader.tensors, options: WriteOptions(),
            shardByteCount: shardByteCount)
        for (index, tensor) in reader.tensors.enumerated() {
            try writer.append(tensor, expectedNonzeros: nil) { try reader.read(index, $0, into: $1) }
        }
        try writer.finish()
    }

    /// The fixture, and its index changed.
    private func copy(_ change: (String) -> String) throws -> String {
        for name in try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("keras/sharded")) {
            try FileManager.default.copyItem(atPath: Fixtures.path("keras/sharded/\(name)"), toPath: folder(name))
        }
        let path = folder("model.weights.json")
        try change(try String(contentsOfFile: path, encoding: .utf8)).write(
            toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func whatKerasWroteIsOneModel() throws {
        let reader = try ShardedWeightsReader(path: Self.fixture)
        let names = (0..<3).flatMap { layer in
            (0..<2).map { "layers/dense\(layer == 0 ? "" : "_\(layer)")/vars/\($0)" }
        }
        #expect(Set(reader.tensors.map(\.name)) == Set(names))
        #expect(reader.tree.entry(at: "layers/dense_2/vars")?.attribute("name") != nil)
        #expect(Set(reader.tree.entries.map(\.path)).count == reader.tree.entries.count)
        let whole = try HDF5Reader(path: Fixtures.path("keras/sharded/whole.weights.h5"))
        for (index, tensor) in whole.tensors.enumerated() {
            let place = try #require(reader.tensors.firstIndex { $0.name == tensor.name })
            #expect(try reader.bytes(place) == whole.bytes(index))
        }
    }

    @Test(arguments: [1, 3400, 1 << 30])
    func comesBackInShardsOfAnySize(shardByteCount: Int) throws {
        let reader = try ShardedWeightsReader(path: Self.fixture)
        try write(reader, folder("out.weights.json"), shardByteCount: shardByteCount)
        let shards = folder.contents.filter { $0.hasSuffix(".weights.h5") }
        #expect(shards.count == [1: 3, 3400: 2][shardByteCount] ?? 1)
        #expect(shards.first == "out_00000.weights.h5")
        let back = try ShardedWeightsReader(path: folder("out.weights.json"))
        #expect(Set(back.tree.entries) == Set(reader.tree.entries))
        for (index, tensor) in back.tensors.enumerated() {
            let place = try #require(reader.tensors.firstIndex { $0.name == tensor.name })
            #expect(try back.bytes(index) == reader.bytes(place))
        }
    }

    @Test func whatIsThereIsNotReplaced() throws {
        let reader = try ShardedWeightsReader(path: Self.fixture)
        try Data([1]).write(to: URL(fileURLWithPath: folder("out_00000.weights.h5")))
        expectFailure(.io, "exists already") { try write(reader, folder("out.weights.json")) }
        #expect(folder.contents == ["out_00000.weights.h5"])
    }

    @Test func otherModelsHaveNoShards() throws {
        let reader = try HDF5Reader(path: Fixtures.path("tiny.h5"))
        expectFailure(.unsupported, "do not lie as in a .weights.h5") { try write(reader, folder("out.weights.json")) }
        #expect(folder.contents.isEmpty)
    }

    @Test(arguments: ["../x.h5", "/etc/x.h5", "sub/x.h5", "x.safetensors", "", "..", "a\\\\x.h5"])
    func aShardElsewhereIsRefused(name: String) throws {
        let path = try copy { $0.replacingOccurrences(of: "model_00001.weights.h5", with: name) }
        expectFailure(.refused, "only .h5 files in its own folder") { _ = try ShardedWeightsReader(path: path) }
    }

    @Test func aLinkIsReadOnlyWhereThatIsAllowed() throws {
        let path = try copy { $0 }
        let shard = folder("model_00001.weights.h5")
        try FileManager.default.removeItem(atPath: shard)
        try FileManager.default.createSymbolicLink(
            atPath: shard, withDestinationPath: Fixtures.path("keras/sharded/model_00001.weights.h5"))
        expectFailure(.refused, "symbolic link") { _ = try ShardedWeightsReader(path: path) }
        #expect(try ShardedWeightsReader(path: path, options: ReadOptions(followsLinks: true)).tensors.count == 6)
    }

    @Test func aMissingShardIsAnError() throws {
        let path = try copy { $0 }
        try FileManager.default.removeItem(atPath: folder("model_00002.weights.h5"))
        expectFailure(.io, "model_00002.weights.h5") { _ = try ShardedWeightsReader(path: path) }
    }

    @Test func indexAndShardsMustAgree() throws {
        var path = try copy { $0.replacingOccurrences(of: "/layers/dense_1/vars", with: "/layers/other/vars") }
        expectFailure(.malformed, "layers/dense_1/vars", "does not say so") { _ = try ShardedWeightsReader(path: path) }
        try FileManager.default.removeItem(atPath: folder.path)
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        path = try copy {
            $0.replacingOccurrences(
                of: "\"weight_map\": {", with: "\"weight_map\": {\"/layers/more/vars\": \"model_00000.weights.h5\",")
        }
        expectFailure(.malformed, "'/layers/more/vars', but no shard has tensors there") {
            _ = try ShardedWeightsReader(path: path)
        }
    }

    @Test func twoShardsWithOneTensorAreRefused() throws {
        let path = try copy {
            $0.replacingOccurrences(
                of: "\"/layers/dense/vars\": [", with: "\"/layers/dense/vars\": [\"copy.h5\",")
        }
        try FileManager.default.copyItem(atPath: folder("model_00000.weights.h5"), toPath: folder("copy.h5"))
        expectFailure(.malformed, "Another shard has an object") { _ = try ShardedWeightsReader(path: path) }
    }

    @Test(arguments: [
        ("{}", "has no weight_map"), (#"{"weight_map": {"/a/vars": 1}}"#, "is not a text"),
        (#"{"weight_map": {"/a": "x.h5", "a": "x.h5"}}"#, "is there twice"), (#"{"weight_map": {"#, "is not a text"),
    ])
    func aBrokenIndexIsRefused(text: String, says: String) throws {
        let path = try copy { _ in text }
        expectFailure(.malformed, says) { _ = try ShardedWeightsReader(path: path) }
    }
}
