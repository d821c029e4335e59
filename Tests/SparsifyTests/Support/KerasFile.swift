import HDF5Format
import ModelIO
import OtherFormats
import Tensors

/// A whole model as Keras saves it, in HDF5.
struct KerasFile {
    struct Weight {
        var layer: String
        var role: String
        var shape: [Int]
        var values: [Float]

        init(_ layer: String, _ role: String, _ shape: [Int], _ values: [Float]) {
            (self.layer, self.role, self.shape, self.values) = (layer, role, shape, values)
        }
    }

    var config: String
    var weights: [Weight] = []

    /// Layers as `node` writes them, called on one another.
    static func functional(_ nodes: [String], inputs: [String], outputs: [String]) -> String {
        func keys(_ names: [String]) -> String { names.map { "[\"\($0)\", 0, 0]" }.joined(separator: ", ") }
        return """
            {"class_name": "Functional", "config": {"name": "m", "layers": [\(nodes.joined(separator: ",\n"))],
            "input_layers": [\(keys(inputs))], "output_layers": [\(keys(outputs))]}}
            """
    }

    /// A layer that is called once, on the layers `from`.
    static func node(_ className: String, _ name: String, _ fields: String = "", from: [String] = []) -> String {
        let calls = from.map { "[\"\($0)\", 0, 0, {}]" }.joined(separator: ", ")
        return """
            {"class_name": "\(className)", "name": "\(name)", "inbound_nodes": [\(from.isEmpty ? "" : "[\(calls)]")],
            "config": {"name": "\(name)"\(fields.isEmpty ? "" : ", ")\(fields)}}
            """
    }

    /// An input of examples of these extents.
    static func input(_ name: String, _ extents: Int?...) -> String {
        let shape = extents.map { ", \($0.map(String.init) ?? "null")" }.joined()
        return node("InputLayer", name, "\"batch_input_shape\": [null\(shape)]")
    }

    func write(_ path: String) throws {
        let float = ValueType.float(FloatLayout.ieee(size: 4)!)
        var tree = FileTree(entries: [
            .init(
                path: "", kind: .group(.init()),
                attributes: [text("model_config", config), text("keras_version", "2.15.0")]),
            .init(path: "model_weights", kind: .group(.init())),
        ])
        var tensors: [(TensorInfo, [UInt8])] = []
        var groups: Set<String> = []
        for weight in weights {
            let group = "model_weights/\(weight.layer)"
            if groups.insert(group).inserted {
                tree.entries.append(.init(path: group, kind: .group(.init())))
                tree.entries.append(.init(path: "\(group)/\(weight.layer)", kind: .group(.init())))
            }
            let name = "\(group)/\(weight.layer)/\(weight.role):0"
            tree.entries.append(.init(path: name, kind: .tensor(.init(type: float))))
            let info = TensorInfo(name: name, elementType: .float32, shape: try Shape(weight.shape))
            tensors.append((info, bits(weight.values)))
        }
        try writeFile(path, tree, tensors)
    }
}

/// Writes an array of floats as NumPy does.
func writeArray(_ path: String, _ shape: [Int], _ values: [Float]) throws {
    let writer = try NumPyWriter(path: path, elementType: .float32, shape: try Shape(shape), overwrite: true)
    try values.withUnsafeBytes { try writer.append($0) }
    try writer.finish()
}

/// Writes an archive of arrays of floats, in this order.
func writeArchive(_ path: String, _ arrays: [(name: String, shape: [Int], values: [Float])]) throws {
    let writer = try NPZWriter(path: path, overwrite: true)
    for (name, shape, values) in arrays {
        try writer.append(name, elementType: .float32, shape: try Shape(shape)) { range, target in
            target.copyBytes(from: bits(values)[range.lowerBound * 4..<range.upperBound * 4])
        }
    }
    try writer.finish()
}
