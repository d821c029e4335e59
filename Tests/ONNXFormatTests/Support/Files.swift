import Foundation
import ModelIO
import Tensors
import Testing

@testable import ONNXFormat

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("onnx-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// The path of a new file of these bytes.
    @discardableResult
    func store(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
        return self(name)
    }
}

/// The models in `fixtures/onnx/`.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures/onnx").path

    static func path(_ name: String) -> String { "\(folder)/\(name).onnx" }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }
}

extension ModelReader {
    func bytes(_ name: String) throws -> [UInt8] {
        let index = try #require(tensors.firstIndex { $0.name == name })
        var result = [UInt8](repeating: 0xaa, count: tensors[index].byteCount)
        try result.withUnsafeMutableBytes { try read(index, 0..<tensors[index].elementCount, into: $0) }
        return result
    }
}

/// Writes all that a reader has to an ONNX file.
func copy(_ reader: any ModelReader, to path: String, maximumMessageByteCount: Int = .max) throws {
    let writer = try ONNXWriter(
        path: path, tree: reader.tree, tensors: reader.tensors, options: WriteOptions(threads: 2),
        maximumMessageByteCount: maximumMessageByteCount)
    for (index, tensor) in reader.tensors.enumerated() {
        try writer.append(tensor, expectedNonzeros: nil) { try reader.read(index, $0, into: $1) }
    }
    try writer.finish()
}

func floats(_ numbers: [Float]) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
}

// MARK: Protobuf by hand

func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
        bytes.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

/// A field with a length.
func block(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
}

func block(_ number: Int, _ text: String) -> [UInt8] { block(number, Array(text.utf8)) }

func field(_ number: Int, _ value: Int64) -> [UInt8] {
    varint(UInt64(number << 3)) + varint(UInt64(bitPattern: value))
}

/// A tensor: extents, type, name, then whatever else.
func tensor(_ dimensions: [Int64], _ type: Int64, _ name: String, _ more: [UInt8] = []) -> [UInt8] {
    dimensions.flatMap { field(1, $0) } + field(2, type) + block(8, name) + more
}

/// A model whose graph has these fields.
func model(_ graph: [UInt8]) -> [UInt8] { field(1, 8) + block(7, graph) }
