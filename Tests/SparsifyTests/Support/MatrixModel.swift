import ModelIO
import Tensors

@testable import Sparsify

/// A small model with what converters stumble on: a scalar, nothing at all, no elements in the middle, eight axes, names
/// beyond ASCII.
struct MatrixModel {
    struct Tensor: Hashable {
        var name: String
        var type: ElementType
        var shape: [Int]
        var bytes: [UInt8]
    }

    var tensors: [Tensor]
    private var groups: [String] = []
    private var rootAttributes: [Attribute] = []

    init(tensors: [Tensor]) { self.tensors = tensors }

    /// - Parameter ids: the formats that it is to go through; those of Keras want it laid out as Keras does.
    init(_ type: ElementType, for ids: [String]) {
        let isKeras = ids.contains { $0.hasPrefix("keras") }
        let group = isKeras ? "vars" : "блок"
        let shapes: [(String, [Int])] = [
            ("scalar", []), ("empty", [0]), ("hollow", [3, 0, 2]), ("重み", [5, 9]), ("é\u{301} 🙂", [7]),
            ("deep", [1, 2, 1, 1, 3, 1, 1, 2]),
        ]
        tensors = shapes.map { name, shape in
            Tensor(
                name: "\(group)/\(name)", type: type, shape: shape, bytes: Self.bits(type, shape.reduce(1, *)))
        }
        groups = [group]
        if ids.contains("keras") { rootAttributes = [text("metadata.json", "{}"), text("config.json", "{}")] }
    }

    /// Zeros, −0.0, NaN, and bits of all kinds.
    private static func bits(_ type: ElementType, _ count: Int) -> [UInt8] {
        let width = type.byteWidth
        return (0..<count).flatMap { index -> [UInt8] in
            if index % 3 == 1 { return [UInt8](repeating: 0, count: width) }
            if type == .bool { return [1] }
            if index % 7 == 2 { return [UInt8](repeating: 0xff, count: width) }
            if index % 7 == 3 { return [UInt8](repeating: 0, count: width - 1) + [0x80] }
            return (0..<width).map { UInt8(truncatingIfNeeded: index &* 41 &+ $0 &* 13 | 1) }
        }
    }

    func write(_ path: String, _ id: String) throws {
        var entries = [FileTree.Entry(path: "", kind: .group(.init()), attributes: rootAttributes)]
        entries += groups.map { FileTree.Entry(path: $0, kind: .group(.init())) }
        entries += tensors.map { tensor in
            FileTree.Entry(
                path: tensor.name, kind: .tensor(.init(type: ValueType(storing: tensor.type))),
                attributes: tensor.type == .bfloat16 ? [text("dtype", "bfloat16")] : [])
        }
        let infos = try tensors.map {
            (TensorInfo(name: $0.name, elementType: $0.type, shape: try Shape($0.shape)), $0.bytes)
        }
        try writeFile(path, FileTree(entries: entries), infos, format: try Self.format(id))
    }

    // MARK: What formats hold

    /// Formats that are written.
    static let writable = Catalog.formats.filter(\.isWritten)

    static func format(_ id: String) throws -> any ModelFormat {
        guard let format = Catalog.formats.first(where: { $0.id == id }) else {
            throw SparsifyError(.usage, "There is no format '\(id)'.")
        }
        return format
    }

    /// Two bytes without a meaning are no type where elements are numbers.
    static func holds(_ id: String, _ type: ElementType) -> Bool {
        type != .opaque16 || !["safetensors", "onnx"].contains(id)
    }

    /// Whether a file of the one format can say all that one of the other must say: an archive of Keras wants its
    /// configuration, which lists of tensors have no place for.
    static func canCarry(_ from: String, to: String) -> Bool {
        to != "keras" || !["safetensors", "onnx", "numpy"].contains(from)
    }
}
