import Foundation
import ModelIO
import Tensors
import Testing

@testable import OtherFormats

@Suite struct SafeTensorsShardTests {
    private let folder: TemporaryFolder
    private let target: TemporaryFolder
    init() throws { (folder, target) = (try TemporaryFolder(), try TemporaryFolder()) }

    private static let index = "model.safetensors.index.json"

    private func store(_ map: [String: String], extra: String = "") throws -> String {
        let lines = map.sorted { $0.key < $1.key }.map { #""\#($0.key)": "\#($0.value)""# }
        return try folder.store(
            Self.index,
            Array(
                #"{\#(extra)"metadata": {"total_size": 3.5e1}, "weight_map": {\#(lines.joined(separator: ", "))}}"#.utf8
            ))
    }

    private func storeShards() throws -> String {
        _ = try folder.store("one.safetensors", safetensors("{" + entry("a", "F32", [1], 0..<4) + "}", [1, 2, 3, 4]))
        let header = #"{"__metadata__":{"format":"pt"},"# + entry("b", "U8", [2], 0..<2) + "}"
        _ = try folder.store("two.safetensors", safetensors(header, [5, 6]))
        return try store(["a": "one.safetensors", "b": "two.safetensors"])
    }

    @Test func shardsAreOneModelAndComeBackAsTheyWere() throws {
        let reader = try SafeTensorsReader(path: try storeShards())
        #expect(reader.tensors.map(\.name) == ["a", "b"])
        #expect(try reader.bytes("a") == [1, 2, 3, 4])
        #expect(try reader.bytes("b") == [5, 6])
        #expect(reader.fileSize == folder.contents.reduce(0) { $0 + (folder.bytes($1)?.count ?? 0) })
        try copy(reader, to: target(Self.index))
        #expect(target.contents == folder.contents)
        for name in folder.contents { #expect(target.bytes(name) == folder.bytes(name), "\(name)") }
    }

    @Test func shardsBecomeOneFile() throws {
        try copy(try SafeTensorsReader(path: try storeShards()), to: target("all.safetensors"))
        let reader = try SafeTensorsReader(path: target("all.safetensors"))
        #expect(Set(reader.tensors.map(\.name)) == ["a", "b"])
        #expect(try reader.bytes("b") == [5, 6])
        #expect(target.contents == ["all.safetensors"])
    }

    @Test func oneFileBecomesShards() throws {
        let file = safetensors("{" + entry("q\\\"", "U8", [2], 0..<2) + "}", [5, 6])
        try copy(
            try SafeTensorsReader(path: folder.store("in.safetensors", file)), to: target("m.safetensors.index.json"))
        #expect(target.contents == ["m-00001-of-00001.safetensors", "m.safetensors.index.json"])
        let text =
            "{\n  \"metadata\": {\n    \"total_size\": 2\n  },\n  \"weight_map\": {\n    \"q\\\"\": \"m-00001-of-00001.safetensors\"\n  }\n}\n"
        #expect(target.bytes("m.safetensors.index.json") == Array(text.utf8))
        #expect(try SafeTensorsReader(path: target("m.safetensors.index.json")).bytes("q\"") == [5, 6])
    }

    @Test func aShardThatIsThereIsNotReplaced() throws {
        let reader = try SafeTensorsReader(path: try storeShards())
        _ = try target.store("two.safetensors", [1])
        expectFailure(.io, "two.safetensors", "exists already") { try copy(reader, to: target(Self.index)) }
        #expect(target.contents == ["two.safetensors"])
    }

    @Test(arguments: [
        "../one.safetensors", "/etc/one.safetensors", "sub/one.safetensors", "..\\\\one.safetensors",
        "C:one.safetensors",
        "", "..", "one.bin", "one.safetensors\\u0000.safetensors",
    ])
    func aShardElsewhereIsRefused(name: String) throws {
        _ = try storeShards()
        let path = try store(["a": name, "b": "two.safetensors"])
        expectFailure(.refused, "only .safetensors files in its own folder") { _ = try SafeTensorsReader(path: path) }
    }

    @Test func aLinkIsReadOnlyWhereThatIsAllowed() throws {
        let path = try storeShards()
        try FileManager.default.moveItem(atPath: folder("one.safetensors"), toPath: target("blob"))
        try FileManager.default.createSymbolicLink(
            atPath: folder("one.safetensors"), withDestinationPath: target("blob"))
        expectFailure(.refused, "symbolic link", "--follow-links") { _ = try SafeTensorsReader(path: path) }
        let reader = try SafeTensorsReader(path: path, options: ReadOptions(followsLinks: true))
        #expect(try reader.bytes("a") == [1, 2, 3, 4])
    }

    @Test func aMissingShardIsAnError() throws {
        let path = try storeShards()
        try FileManager.default.removeItem(atPath: folder("two.safetensors"))
        expectFailure(.io, "two.safetensors") { _ = try SafeTensorsReader(path: path) }
    }

    struct Disagreement: Sendable {
        var map: [String: String]
        var says: String
    }

    @Test(arguments: [
        Disagreement(map: ["a": "one.safetensors", "b": "one.safetensors"], says: "its shard does not hold it"),
        Disagreement(map: ["b": "two.safetensors", "c": "two.safetensors"], says: "its shard does not hold it"),
        Disagreement(map: ["a": "two.safetensors", "b": "two.safetensors"], says: "its shard does not hold it"),
        Disagreement(map: ["x": "one.safetensors", "b": "two.safetensors"], says: "does not say so"),
    ])
    func indexAndShardsMustAgree(_ example: Disagreement) throws {
        _ = try storeShards()
        let path = try store(example.map)
        expectFailure(.malformed, example.says) { _ = try SafeTensorsReader(path: path) }
    }

    @Test(arguments: [
        ("{}", "has no weight_map"), (#"{"weight_map":{}}"#, "has no weight_map"),
        (#"{"weight_map":[]}"#, "lacks a '{'"),
        (#"{"weight_map":{"a":1}}"#, "is not a text"), (#"{"weight_map":{"a":"o.safetensors"}"#, "lacks a '}'"),
        (#"{"weight_map":{"a":"o.safetensors","a":"o.safetensors"}}"#, "is there twice"),
        (#"{"metadata":\#(String(repeating: "[", count: 100_000))"#, "nests deeper"), ("", "lacks a '{'"),
    ])
    func aBrokenIndexIsRefused(text: String, says: String) throws {
        let path = try folder.store(Self.index, Array(text.utf8))
        expectFailure(.malformed, says) { _ = try SafeTensorsReader(path: path) }
    }

    @Test func aBrokenShardIsNamed() throws {
        let path = try storeShards()
        _ = try folder.store("two.safetensors", [1, 2, 3])
        let error = expectFailure(.malformed, "has 8 bytes at least") { _ = try SafeTensorsReader(path: path) }
        #expect(error?.file == folder("two.safetensors"))
    }
}
