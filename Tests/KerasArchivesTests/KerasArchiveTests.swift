import Foundation
import HDF5Format
import ModelIO
import Tensors
import Testing

@testable import KerasArchives

@Suite struct KerasArchiveTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func copy(_ reader: any ModelReader, to path: String) throws {
        let writer = try KerasArchiveWriter(path: path, tree: reader.tree, tensors: reader.tensors)
        for (index, tensor) in reader.tensors.enumerated() {
            try writer.append(tensor, expectedNonzeros: nil) { try reader.read(index, $0, into: $1) }
        }
        try writer.finish()
    }

    @Test(arguments: ["trained", "trained_deflated", "assets"])
    func comesBackWithAllItsMembers(name: String) throws {
        let source = Fixtures.path("keras/\(name).keras")
        let reader = try KerasArchiveReader(path: source)
        #expect(reader.warnings.isEmpty)
        #expect(reader.path == source)
        try copy(reader, to: folder("back.keras"))
        #expect(folder.contents == ["back.keras"])
        let (before, after) = (try members(source), try members(folder("back.keras")))
        #expect(before.map(\.name) == after.map(\.name))
        for (old, new) in zip(before, after) where old.name != ArchiveMembers.weightsName {
            #expect(old.bytes == new.bytes, "\(old.name)")
        }
        let back = try KerasArchiveReader(path: folder("back.keras"))
        #expect(back.tree == reader.tree)
        #expect(back.tensors.map(\.name) == reader.tensors.map(\.name))
        for index in reader.tensors.indices { #expect(try back.bytes(index) == reader.bytes(index)) }
    }

    @Test func theSameModelGivesTheSameBytes() throws {
        let reader = try KerasArchiveReader(path: Fixtures.path("keras/assets.keras"))
        for name in ["a.keras", "b.keras"] { try copy(reader, to: folder(name)) }
        #expect(FileManager.default.contentsEqual(atPath: folder("a.keras"), andPath: folder("b.keras")))
    }

    @Test func theTreeIsThatOfTheWeightsWithTheTextsAtItsRoot() throws {
        let source = try members(Fixtures.path("keras/assets.keras"))
        let tree = try KerasArchiveReader(path: Fixtures.path("keras/assets.keras")).tree
        for name in ["metadata.json", "config.json"] {
            let text = tree.entries[0].attribute(name)?.text
            #expect(text.map { Array($0.utf8) } == source.first { $0.name == name }?.bytes, "\(name)")
        }
        for member in source where member.name.hasPrefix("assets/") {
            guard case .data(_, let value)? = tree.entry(at: member.name)?.kind else {
                Issue.record("\(member.name) is missing")
                continue
            }
            #expect(value.payload == .bytes(member.bytes))
        }
        #expect(source.contains { $0.name.hasPrefix("assets/") })
    }

    /// Nothing of the weights stays in the folder of temporary files, and no open reader needs it there.
    @Test func readersNeedNoFileButTheArchive() throws {
        try FileManager.default.copyItem(atPath: Fixtures.path("keras/trained.keras"), toPath: folder("in.keras"))
        let reader = try KerasArchiveReader(path: folder("in.keras"))
        try FileManager.default.removeItem(atPath: folder("in.keras"))
        #expect(try reader.bytes(0).count == reader.tensors[0].byteCount)
        #expect(!FileManager.default.fileExists(atPath: reader.weights.path))
    }

    @Test(arguments: ["metadata.json", "config.json"])
    func withoutATextThereIsNoArchive(name: String) throws {
        let reader = try KerasArchiveReader(path: Fixtures.path("keras/trained.keras"))
        var tree = reader.tree
        tree.entries[0].attributes.removeAll { $0.name == name }
        expectFailure(.unsupported, "needs a \(name)", "Load the model with Keras") {
            _ = try KerasArchiveWriter(path: folder("out.keras"), tree: tree, tensors: reader.tensors)
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func aWholeModelIsNoArchive() throws {
        let reader = try HDF5Reader(path: Fixtures.path("tiny.h5"))
        expectFailure(.unsupported, "do not lie as in a .keras archive") {
            _ = try KerasArchiveWriter(path: folder("out.keras"), tree: reader.tree, tensors: reader.tensors)
        }
    }

    @Test func recognisedByNameOrFirstMember() {
        let zip: [UInt8] = [0x50, 0x4b, 3, 4]
        func head(_ name: String) -> [UInt8] { zip + [UInt8](repeating: 0, count: 26) + Array(name.utf8) }
        let format = KerasArchiveFormat()
        #expect(format.recognizes(head: head("anything"), path: "x.KERAS"))
        #expect(format.recognizes(head: head("metadata.json"), path: "x"))
        #expect(!format.recognizes(head: head("a.npy"), path: "x.npz"))
        #expect(!format.recognizes(head: Array("text".utf8), path: "x.keras"))
    }
}
