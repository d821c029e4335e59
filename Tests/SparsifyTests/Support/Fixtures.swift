import Foundation
import ModelIO
import Tensors

@testable import Sparsify

/// The models in `fixtures/`.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures").path

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    static let wholeModels = ["digits_mlp.h5", "digits_cnn.h5", "digits_lstm.h5", "digits_attention.h5", "tiny.h5"]
    static let weightFiles = [
        "digits_mlp.weights.h5", "digits_cnn.weights.h5", "digits_lstm.weights.h5", "digits_attention.weights.h5",
    ]
    static let all = wholeModels + weightFiles
}

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("jobs-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func store(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

extension ModelReader {
    func bytes(_ index: Int) throws -> [UInt8] {
        var result = [UInt8](repeating: 0xaa, count: tensors[index].byteCount)
        try result.withUnsafeMutableBytes { try read(index, 0..<tensors[index].elementCount, into: $0) }
        return result
    }
}

/// The elements of every tensor of a file, by name.
func elements(_ path: String) throws -> [String: [UInt8]] {
    let reader = try ModelFiles.open(path)
    return Dictionary(
        uniqueKeysWithValues: try reader.tensors.indices.map { (reader.tensors[$0].name, try reader.bytes($0)) })
}

/// How many elements of four bytes have a bit that is set.
func nonzeros(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { bytes in
        var count = 0
        for word in bytes.bindMemory(to: UInt32.self) where word != 0 { count += 1 }
        return count
    }
}

func code(_ error: any Error) -> SparsifyError.Code? { (error as? SparsifyError)?.code }
