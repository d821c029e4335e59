internal import Foundation
internal import ModelIO
internal import SwiftProtobuf
internal import Tensors

/// The model without the elements of its tensors, as an object in a tree: what an ONNX file says besides them.
enum GraphEntry {
    static let path = "onnx.model"
    private static let type = ValueType.opaque(size: 1, tag: "onnx.ModelProto")

    /// - Throws: `malformed` where the message cannot be encoded.
    static func make(_ model: ONNXModelProto) throws(SparsifyError) -> FileTree.Entry {
        let bytes = try encoded(model)
        return FileTree.Entry(
            path: path,
            kind: .data(
                DatasetProperties(type: type),
                DataValue(type: type, extent: .simple([bytes.count]), payload: .bytes(bytes))))
    }

    /// The model that a tree carries; nil where it carries none.
    ///
    /// - Throws: `malformed` where it cannot be decoded.
    static func model(in tree: FileTree) throws(SparsifyError) -> ONNXModelProto? {
        guard case .data(let properties, let value)? = tree.entry(at: path)?.kind, properties.type == type,
            case .bytes(let bytes) = value.payload
        else { return nil }
        do {
            return try ONNXModelProto(serializedBytes: bytes, partial: true)
        } catch {
            throw SparsifyError(.malformed, "The ONNX graph that the file carries cannot be decoded (\(error)).")
        }
    }

    static func encoded(_ message: any SwiftProtobuf.Message) throws(SparsifyError) -> [UInt8] {
        do {
            return try message.serializedBytes(partial: true)
        } catch {
            throw SparsifyError(.malformed, "The ONNX graph cannot be encoded (\(error)).")
        }
    }
}

extension ONNXModelProto {
    /// A model of tensors alone, without a network.
    init(tensors: [ONNXTensorProto]) {
        self.init()
        irVersion = 8
        producerName = "sparsify"
        var operators = ONNXOperatorSetIdProto()
        operators.domain = ""
        operators.version = 17
        opsetImport = [operators]
        graph.name = "tensors"
        graph.initializer = tensors
    }
}
