internal import ModelIO
internal import Tensors

/// An ONNX file as a tree.
struct ONNXTree {
    private(set) var tree = FileTree()
    private(set) var tensors: [TensorInfo] = []
    /// For each tensor, where its elements are.
    private(set) var payloads: [TensorPayload] = []
    private(set) var warnings: [String] = []

    /// - Throws: as `ONNXReader.init`.
    init(_ outline: ModelOutline, finder: inout PayloadFinder) throws(SparsifyError) {
        var model = outline.model
        let paths = try Self.paths(model.graph)
        var groups: Set<String> = []
        for (index, tensor) in model.graph.initializer.enumerated() {
            let raw = outline.initializers[index]
            do throws(SparsifyError) {
                let type = try Self.type(tensor)
                guard type != .string else { continue }
                let dimensions = try tensor.dimensions()
                let payload = try finder.payload(tensor, type, raw: raw)
                try add(paths.dense[index], type, dimensions, payload, &groups)
            } catch {
                throw error.located(tensor: tensor.name)
            }
            model.graph.initializer[index] = tensor.withoutElements
        }
        for (index, tensor) in model.graph.sparseInitializer.enumerated() {
            do throws(SparsifyError) {
                let type = try Self.type(tensor.values)
                let payload = try finder.payload(sparse: tensor, type, raw: outline.sparse[index])
                try add(
                    paths.sparse[index], type, try Shape(tensor.dims.map { Int($0) }).dimensions, payload, &groups)
            } catch {
                throw error.located(tensor: tensor.values.name)
            }
            model.graph.sparseInitializer[index].values = tensor.values.withoutElements
            model.graph.sparseInitializer[index].indices = tensor.indices.withoutElements
        }
        if !model.graph.sparseInitializer.isEmpty {
            warnings.append(
                "\(model.graph.sparseInitializer.count) sparse initialisers are shown as dense ones, and written so unless --sparse-initializers is given"
            )
        }
        // A file that would be written just so without its graph, as from tensors alone, needs none.
        if let plan = try? ONNXPlan(tree: tree, tensors: tensors),
            try GraphEntry.encoded(plan.model) == GraphEntry.encoded(model)
        {
            return
        }
        tree.entries.insert(try GraphEntry.make(model), at: 1)
    }

    private static func type(_ tensor: ONNXTensorProto) throws(SparsifyError) -> ONNXType {
        guard let type = tensor.type else {
            throw SparsifyError(.unsupported, "The element type number \(tensor.dataType) is not known here.")
        }
        return type
    }

    /// The paths that the initialisers of a graph have in a tree.
    ///
    /// - Throws: `malformed` where two have one name.
    static func paths(_ graph: ONNXGraphProto) throws(SparsifyError) -> (dense: [String], sparse: [String]) {
        let names = graph.initializer.map(\.name) + graph.sparseInitializer.map(\.values.name)
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted || name == GraphEntry.path {
            throw SparsifyError(.malformed, "Two initialisers have this name, or it is one that is kept.", tensor: name)
        }
        let paths = try TensorPaths.paths(names)
        let count = graph.initializer.count
        return (Array(paths.prefix(count)), Array(paths.dropFirst(count)))
    }

    private mutating func add(
        _ path: String, _ type: ONNXType, _ dimensions: [Int], _ payload: TensorPayload, _ groups: inout Set<String>
    ) throws(SparsifyError) {
        for group in TensorPaths.ancestors(of: path) where groups.insert(group).inserted {
            tree.entries.append(.init(path: group, kind: .group(.init())))
        }
        var attributes: [Attribute] = []
        if type == .bfloat16 { attributes.append(.bfloat16Mark) }
        if let name = type.carriedName {
            attributes.append(Attribute(name: FileTree.carriedTypeAttribute, text: name))
        }
        tree.entries.append(
            .init(path: path, kind: .tensor(.init(type: ValueType(storing: type.element))), attributes: attributes))
        let byteCount = try type.byteCount(dimensions)
        let stored: Int? = if case .sparse(_, let elements) = payload { elements.count } else { byteCount }
        tensors.append(
            TensorInfo(
                name: path, elementType: type.element, shape: try Shape(type.isRowOfBytes ? [byteCount] : dimensions),
                storedBytes: stored))
        payloads.append(payload)
    }
}
