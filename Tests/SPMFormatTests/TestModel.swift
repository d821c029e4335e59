import Foundation
import ModelIO
import SPMFormat
import Tensors

/// SplitMix64: the same numbers on every machine, so that a failure can be repeated.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("spm-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}

func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func store(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

/// A model in memory: tensors with their bytes, and the rest.
struct TestModel: Sendable {
    var tensors: [TensorInfo] = []
    var elements: [[UInt8]] = []
    var tree = FileTree()
    var metadata: [String: String] = [:]

    /// Adds a tensor of which a share `keep` of the elements is not zero, at random.
    mutating func add(_ name: String, _ type: ElementType, _ dimensions: [Int], keep: Double, seed: UInt64 = 1) throws {
        var random = SplitMix64(seed: seed)
        let shape = try Shape(dimensions)
        let threshold = UInt64(keep * 0x1p32)
        var bytes: [UInt8] = []
        for _ in 0..<shape.elementCount {
            let isKept = random.next() >> 32 < threshold
            for _ in 0..<type.byteWidth {
                bytes.append(isKept ? type == .bool ? 1 : UInt8(truncatingIfNeeded: random.next()) | 1 : 0)
            }
        }
        try add(name, type, dimensions, bytes)
    }

    mutating func add(_ name: String, _ type: ElementType, _ dimensions: [Int], _ bytes: [UInt8]) throws {
        tensors.append(TensorInfo(name: name, elementType: type, shape: try Shape(dimensions)))
        elements.append(bytes)
        tree.entries.append(
            .init(path: name, kind: .tensor(DatasetProperties(type: .opaque(size: type.byteWidth, tag: "")))))
    }

    func write(_ path: String, threads: Int = 2, overwrite: Bool = false, counted: Bool = false) throws {
        let writer = try SPMWriter(
            path: path, tree: tree, tensors: tensors, options: WriteOptions(overwrite: overwrite, threads: threads))
        writer.metadata = metadata
        for (tensor, bytes) in zip(tensors, elements) {
            let width = tensor.elementType.byteWidth
            let expected = counted ? Self.nonzeros(bytes, width) : nil
            try writer.append(tensor, expectedNonzeros: expected) { range, target in
                bytes.withUnsafeBytes {
                    target.copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: $0[range.lowerBound * width..<range.upperBound * width]))
                }
            }
        }
        try writer.finish()
    }

    static func nonzeros(_ bytes: [UInt8], _ width: Int) -> Int {
        stride(from: 0, to: bytes.count, by: width).filter { bytes[$0..<$0 + width].contains { $0 != 0 } }.count
    }
}

extension ModelReader {
    func bytes(_ index: Int, _ range: Range<Int>? = nil) throws -> [UInt8] {
        let range = range ?? 0..<tensors[index].elementCount
        let size = range.count * tensors[index].elementType.byteWidth
        let buffer = RawBuffer(byteCount: size)
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<size])
        for place in 0..<size { target[place] = 0xaa }
        try read(index, range, into: target)
        return Array(target)
    }

    func allBytes() throws -> [[UInt8]] { try tensors.indices.map { try bytes($0) } }
}
