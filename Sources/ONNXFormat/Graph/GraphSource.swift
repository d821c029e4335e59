internal import Foundation
internal import ModelIO
internal import Networks
internal import SwiftProtobuf
internal import Tensors

/// The initialisers of a graph, wherever their file keeps them.
struct GraphSource {
    let reader: any ModelReader
    /// By name in the graph: position among the reader's tensors.
    let places: [String: Int]
    let graph: ONNXGraphProto
    private let carried: [String: String]

    /// What a constant may have at most to be looked at.
    static let maximumElements = 1 << 21
    /// What all constants that are looked at may have together.
    static let maximumTotal = 1 << 24
    private static let maximumExtents = 1 << 26

    init(_ reader: any ModelReader, _ graph: ONNXGraphProto) throws(SparsifyError) {
        self.reader = reader
        self.graph = graph
        carried = reader.tree.carriedTypes
        let paths = try ONNXTree.paths(graph)
        let names = graph.initializer.map(\.name) + graph.sparseInitializer.map(\.values.name)
        let found = Dictionary(reader.tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
        places = zip(names, paths.dense + paths.sparse).reduce(into: [:]) { $0[$1.0] = found[$1.1] }
    }

    /// An initialiser; nil where there is none of this name that has numbers.
    func value(_ name: String) throws(SparsifyError) -> GraphValue? {
        guard let place = places[name] else { return nil }
        let tensor = reader.tensors[place]
        guard carried[tensor.name] == nil else {
            return GraphValue(.unknown("initialiser '\(name)' is of type \(carried[tensor.name] ?? "")"))
        }
        let isInteger = !tensor.elementType.isFloatingPoint
        if tensor.elementCount == 0 {
            return GraphValue(HostTensor([], dimensions: tensor.shape.dimensions, isInteger: isInteger))
        }
        guard tensor.shape.dimensions.allSatisfy({ $0 <= Self.maximumExtents }) else {
            return GraphValue(.unknown("initialiser '\(name)' has an axis that is too long"))
        }
        return GraphValue(
            .parameter(GraphParameter(tensor: place, view: TensorView(tensor.shape))),
            isInteger: isInteger)
    }

    /// The elements of a view of an initialiser.
    ///
    /// - Throws: `unsupported` where there are too many; what reading throws.
    func elements(_ parameter: GraphParameter) throws -> HostTensor {
        let tensor = reader.tensors[parameter.tensor]
        guard max(tensor.elementCount, parameter.view.elementCount) <= Self.maximumElements else {
            throw SparsifyError(
                .unsupported, "initialiser '\(tensor.name)' of shape \(tensor.shape) is used other than as a weight")
        }
        var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
        try bytes.withUnsafeMutableBytes { try reader.read(parameter.tensor, 0..<tensor.elementCount, into: $0) }
        let numbers = Self.numbers(bytes, tensor.elementType)
        let whole = HostTensor(
            numbers.map { .real($0) }, dimensions: tensor.shape.dimensions,
            isInteger: !tensor.elementType.isFloatingPoint)
        return parameter.view.isWhole(tensor.elementCount) && parameter.dimensions == tensor.shape.dimensions
            ? whole : whole.viewed { _ in parameter.view }
    }

    /// The tensor that an attribute holds.
    ///
    /// - Throws: `malformed` where its elements do not fit its shape, `unsupported` where they are no numbers.
    static func tensor(_ proto: ONNXTensorProto) throws(SparsifyError) -> HostTensor {
        let dimensions = try proto.dimensions()
        guard let type = proto.type, !type.isRowOfBytes, type.carriedName == nil, !proto.isExternal,
            let bytes = proto.hasRawData ? [UInt8](proto.rawData) : proto.typedBytes(type)
        else { throw SparsifyError(.unsupported, "a constant is of a type that is not computed with") }
        guard bytes.count == (try type.byteCount(dimensions)) else {
            throw SparsifyError(.malformed, "A constant of shape \(dimensions) has \(bytes.count) bytes.")
        }
        return HostTensor(
            numbers(bytes, type.element).map { .real($0) }, dimensions: dimensions,
            isInteger: !type.element.isFloatingPoint)
    }

    private static func numbers(_ bytes: [UInt8], _ type: ElementType) -> [Double] {
        func each<Stored>(_: Stored.Type, _ value: (Stored) -> Double) -> [Double] {
            bytes.withUnsafeBytes { buffer in
                (0..<buffer.count / MemoryLayout<Stored>.size).map {
                    value(buffer.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Stored>.size, as: Stored.self))
                }
            }
        }
        switch type {
        case .float16: return each(UInt16.self) { Double(FloatingPointBits.float(fromHalf: $0)) }
        case .bfloat16, .opaque16: return each(UInt16.self) { Double(FloatingPointBits.float(fromBFloat16: $0)) }
        case .float32: return each(Float.self) { Double($0) }
        case .float64: return each(Double.self) { $0 }
        case .int8: return each(Int8.self) { Double($0) }
        case .uint8, .bool: return each(UInt8.self) { Double($0) }
        case .int16: return each(Int16.self) { Double($0) }
        case .uint16: return each(UInt16.self) { Double($0) }
        case .int32: return each(Int32.self) { Double($0) }
        case .uint32: return each(UInt32.self) { Double($0) }
        case .int64: return each(Int64.self) { Double($0) }
        case .uint64: return each(UInt64.self) { Double($0) }
        }
    }
}
