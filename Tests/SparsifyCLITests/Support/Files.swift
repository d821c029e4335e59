import Foundation
import HDF5Format
import ModelIO
import SparseCoding
import Tensors

@testable import SPMFormat

enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures").path

    static func path(_ name: String) -> String { "\(folder)/\(name)" }
}

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("cli-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func store(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

enum Files {
    private static let float = ValueType.float(FloatLayout.ieee(size: 4)!)

    /// A flat HDF5 file of one float32 matrix of the numbers from 1.
    static func write(_ path: String, tensor name: String, attribute: String? = nil, text: String? = nil) throws {
        let info = TensorInfo(name: name, elementType: .float32, shape: try Shape([3, 4]))
        let attributes = attribute.map {
            [
                Attribute(
                    name: $0,
                    value: DataValue(
                        type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
                        payload: .blocks([Array((text ?? $0).utf8)])))
            ]
        }
        let tree = FileTree(entries: [
            .init(path: "", kind: .group(.init()), attributes: attributes ?? []),
            .init(path: name, kind: .tensor(.init(type: float))),
        ])
        let writer = try HDF5Writer(path: path, tree: tree, tensors: [info])
        try writer.append(info, expectedNonzeros: nil) { range, target in
            for index in range {
                target.storeBytes(of: Float(index + 1), toByteOffset: (index - range.lowerBound) * 4, as: Float.self)
            }
        }
        try writer.finish()
    }

    /// A `.spm` of a tensor of 2³¹ zeros, which take no bytes there and seconds to go through.
    static func writeManyZeros(_ path: String) throws {
        let info = TensorInfo(name: "w", elementType: .float32, shape: try Shape([1 << 20, 1 << 11]))
        let perChunk = 1 << 22
        let chunk = ChunkRecord(offset: Preamble.byteCount, byteCount: 0, nonzeros: 0, checksum: 0)
        let record = TensorRecord(
            info: info, elementsPerChunk: perChunk,
            chunks: [ChunkRecord](repeating: chunk, count: info.elementCount / perChunk))
        let tree = FileTree(entries: [
            .init(path: "", kind: .group(.init())), .init(path: "w", kind: .tensor(.init(type: float))),
        ])
        let index = FileIndex(metadata: [:], tensors: [record], tree: tree).encoded
        let preamble = Preamble(
            fileLength: Preamble.byteCount + index.count + Preamble.endMark.count, indexOffset: Preamble.byteCount,
            indexStoredBytes: index.count, indexBytes: index.count, indexChecksum: crc32(index))
        try store(preamble.encoded + index + Preamble.endMark, path)
    }
}
