import CSparsify
import Foundation
import HDF5Format
import ModelIO
import OtherFormats
import SPMFormat
import Tensors
import Testing

/// A `.spm` file, which goes with its owner.
final class TestModel: Sendable {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../fixtures").path
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).spm").path

    /// One of `fixtures/`.
    init(_ name: String) throws {
        let reader = try HDF5Format().makeReader(
            path: "\(Self.fixtures)/\(name).h5", options: ReadOptions(threads: 1))
        let writer = try SPMWriter(
            path: path, tree: reader.tree, tensors: reader.tensors, options: WriteOptions(threads: 1))
        for (index, info) in reader.tensors.enumerated() {
            try writer.append(info, expectedNonzeros: nil) { try reader.read(index, $0, into: $1) }
        }
        try writer.finish()
    }

    /// One without weights; without a network where there is no configuration.
    init(configuration: String?) throws {
        var tree = FileTree()
        tree.entries[0].attributes = configuration.map { [Self.attribute("model_config", $0)] } ?? []
        try SPMWriter(path: path, tree: tree, tensors: [], options: WriteOptions(threads: 1)).finish()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private static func attribute(_ name: String, _ value: String) -> Attribute {
        Attribute(
            name: name,
            value: DataValue(
                type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
                payload: .blocks([Array(value.utf8)])))
    }

    /// Images of 8 × 8 pixels, one behind the other.
    static func images() throws -> [Float] {
        try NPZArchive(path: "\(fixtures)/digits.npz").array("x_test").floats()
    }

    /// Opens it as C does, and closes it after `body`.
    func withHandle<Result>(threads: Int = 0, _ body: (OpaquePointer) throws -> Result) throws -> Result {
        var model: OpaquePointer?
        var error = sparsify_error()
        let status = sparsify_open(path, threads, &model, &error)
        try #require(status == SPARSIFY_OK, "\(error.text)")
        defer { sparsify_close(model) }
        return try body(try #require(model))
    }
}

extension sparsify_error {
    /// What a function of C said went wrong.
    var text: String {
        withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
