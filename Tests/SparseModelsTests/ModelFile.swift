import Foundation
import ModelIO
import SPMFormat
import Tensors

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("models-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func store(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

/// A `.spm` file in the making, and what it is made of.
struct ModelFile {
    var tensors: [(info: TensorInfo, bytes: [UInt8])] = []
    var attributes: [Attribute] = []
    var metadata: [String: String] = [:]

    mutating func add(_ name: String, _ type: ElementType, _ shape: [Int], _ bytes: [UInt8]) throws {
        tensors.append((TensorInfo(name: name, elementType: type, shape: try Shape(shape)), bytes))
    }

    mutating func add(_ name: String, _ shape: [Int], _ values: [Float]) throws {
        try add(name, .float32, shape, values.withUnsafeBytes { Array($0) })
    }

    func write(_ path: String) throws {
        var tree = FileTree()
        tree.entries[0].attributes = attributes
        var groups: Set<String> = []
        for tensor in tensors {
            var group = ""
            for part in tensor.info.name.split(separator: "/").dropLast() {
                group += group.isEmpty ? String(part) : "/\(part)"
                if groups.insert(group).inserted { tree.entries.append(.init(path: group, kind: .group(.init()))) }
            }
            let type = ValueType.opaque(size: tensor.info.elementType.byteWidth, tag: "")
            tree.entries.append(.init(path: tensor.info.name, kind: .tensor(DatasetProperties(type: type))))
        }
        let writer = try SPMWriter(
            path: path, tree: tree, tensors: tensors.map(\.info), options: WriteOptions(threads: 2))
        writer.metadata = metadata
        for (info, bytes) in tensors {
            let width = info.elementType.byteWidth
            try writer.append(info, expectedNonzeros: nil) { range, target in
                target.copyBytes(from: bytes[range.lowerBound * width..<range.upperBound * width])
            }
        }
        try writer.finish()
    }
}

/// Numbers of which a share is not zero, at random but the same on every run.
func sparseValues(_ count: Int, keep: Double, seed: UInt64 = 1) -> [Float] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let share = Double(state >> 40) * 0x1p-24
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return share < keep ? Float(Int64(bitPattern: state) >> 40) + 0.5 : 0
    }
}
