internal import ModelIO
internal import Tensors

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// An ONNX file in the making whose tensors are stored as sparse initialisers where these are smaller: positions of eight bytes
/// each, and values.
///
/// The model is written when it is finished, since sizes are known then; entries are in memory until then, as they are part of
/// the message.
final class SparseInitializerWriter: ModelWriter {
    private let path: String
    private let tree: FileTree
    private let tensors: [TensorInfo]
    private let options: WriteOptions
    private let plan: ONNXPlan
    /// Holds the place, so that what forbids the output is found before the work.
    private var place: AtomicFile?
    private var parts: [Part] = []

    private enum Part {
        case dense(TileSource)
        case sparse(positions: ByteWriter, elements: [UInt8])
    }

    private static let tileElements = 1 << 16
    private static let positionWidth = 8

    /// - Throws: as `ONNXWriter.init`.
    init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws(SparsifyError) {
        (self.path, self.tree, self.tensors, self.options) = (path, tree, tensors, options)
        do throws(SparsifyError) {
            plan = try ONNXPlan(tree: tree, tensors: tensors)
            place = try AtomicFile(path: path, overwrite: options.overwrite)
        } catch {
            throw error.located(file: path)
        }
    }

    func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        parts.append(try entries(tensor, source) ?? .dense(source))
    }

    /// The entries whose bits are not all zero; nil where they would take more than the dense tensor.
    private func entries(_ tensor: TensorInfo, _ source: TileSource) throws -> Part? {
        let width = tensor.elementType.byteWidth
        guard tensor.shape.rank > 0, tensor.elementCount > 0 else { return nil }
        let most = tensor.byteCount / (width + Self.positionWidth)
        var (positions, elements): (ByteWriter, [UInt8]) = (ByteWriter(), [])
        for start in stride(from: 0, to: tensor.elementCount, by: Self.tileElements) {
            try options.cancellation?.check()
            let range = start..<min(start + Self.tileElements, tensor.elementCount)
            var tile = [UInt8](repeating: 0, count: range.count * width)
            try tile.withUnsafeMutableBytes { try source(range, $0) }
            for (number, element) in range.enumerated() {
                let bytes = tile[number * width..<(number + 1) * width]
                guard bytes.contains(where: { $0 != 0 }) else { continue }
                positions.integer(Int64(element))
                elements += bytes
            }
            guard elements.count / width <= most else { return nil }
        }
        return .sparse(positions: positions, elements: elements)
    }

    func finish() throws {
        precondition(parts.count == tensors.count, "every tensor of the list is appended before the end")
        place = nil
        var model = plan.model
        var dense: [(tensor: TensorInfo, place: Int, source: TileSource)] = []
        var sparse: Set<Int> = []
        for (number, part) in parts.enumerated() {
            let place = plan.places[number]
            switch part {
            case .dense(let source): dense.append((tensors[number], place, source))
            case .sparse(let positions, let elements):
                sparse.insert(place)
                model.graph.sparseInitializer.append(
                    Self.proto(model.graph.initializer[place], tensors[number], positions.bytes, elements))
            }
        }
        // Those that stay move up.
        let kept = model.graph.initializer.indices.filter { !sparse.contains($0) }
        let moved = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        model.graph.initializer = kept.map { model.graph.initializer[$0] }
        let writer = try ONNXWriter(
            path: path, model: model, places: dense.map { moved[$0.place]! }, tensors: dense.map(\.tensor),
            options: options)
        for part in dense { try writer.append(part.tensor, expectedNonzeros: nil, source: part.source) }
        try writer.finish()
        parts = []
    }

    private static func proto(
        _ initializer: ONNXTensorProto, _ tensor: TensorInfo, _ positions: [UInt8], _ elements: [UInt8]
    ) -> ONNXSparseTensorProto {
        let count = Int64(positions.count / positionWidth)
        var result = ONNXSparseTensorProto()
        result.dims = initializer.dims
        result.values = initializer
        result.values.dims = [count]
        result.values.rawData = Data(elements)
        result.indices.dataType = ONNXType.int64.rawValue
        result.indices.dims = [count]
        result.indices.rawData = Data(positions)
        return result
    }
}
