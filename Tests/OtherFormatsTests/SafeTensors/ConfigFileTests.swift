import Foundation
import ModelIO
import Tensors
import Testing

@testable import OtherFormats

@Suite struct ConfigFileTests {
    private let folder: TemporaryFolder
    private let target: TemporaryFolder
    private static let file = safetensors("{" + entry("w", "U8", [1], 0..<1) + "}   ", [7])
    private static let config = Array(#"{"model_type": "bert"}"#.utf8)

    init() throws {
        (folder, target) = (try TemporaryFolder(), try TemporaryFolder())
        _ = try folder.store("config.json", Self.config)
    }

    private func open(_ name: String = "model.safetensors") throws -> SafeTensorsReader {
        try SafeTensorsReader(path: try folder.store(name, Self.file))
    }

    @Test func travelsWithTheWeightsOfAModelsFolder() throws {
        try copy(try open(), to: target("model.safetensors"))
        #expect(target.bytes("config.json") == Self.config)
        #expect(target.bytes("model.safetensors") == Self.file)
        #expect(
            SafeTensorsFormat().losses(path: target("model.safetensors"), tree: try open().tree, tensors: []).isEmpty)
    }

    @Test func doesNotBelongToOtherFiles() throws {
        #expect(try open("other.safetensors").tree.entries[0].attributes.isEmpty)
        let reader = try open()
        try copy(reader, to: target("other.safetensors"))
        #expect(target.contents == ["other.safetensors"])
        let losses = SafeTensorsFormat().losses(path: target("other.safetensors"), tree: reader.tree, tensors: [])
        #expect(losses.count == 1 && losses[0].contains("config.json is not written"))
    }

    @Test func replacesNothing() throws {
        _ = try target.store("config.json", [1])
        let reader = try open()
        try copy(reader, to: target("model.safetensors"))
        #expect(target.bytes("config.json") == [1])
        let losses = SafeTensorsFormat().losses(path: target("model.safetensors"), tree: reader.tree, tensors: [])
        #expect(losses.count == 1 && losses[0].contains("stays as it is"))
    }

    @Test func whatIsNoTextIsLeftOut() throws {
        _ = try folder.store("config.json", [0xff, 0xfe])
        let reader = try open()
        #expect(reader.tree.entries[0].attributes.isEmpty)
        #expect(reader.warnings.count == 1 && reader.warnings[0].contains("no text in UTF-8"))
    }

    @Test func aLinkIsLeftOut() throws {
        try FileManager.default.removeItem(atPath: folder("config.json"))
        let secret = try target.store("secret", Self.config)
        try FileManager.default.createSymbolicLink(atPath: folder("config.json"), withDestinationPath: secret)
        let reader = try open()
        #expect(reader.tree.entries[0].attributes.isEmpty)
        #expect(reader.warnings.count == 1 && reader.warnings[0].contains("symbolic link"))
        let trusting = try SafeTensorsReader(
            path: folder("model.safetensors"), options: ReadOptions(followsLinks: true))
        #expect(trusting.tree.entries[0].attribute("config.json")?.text.map { Array($0.utf8) } == Self.config)
    }
}
