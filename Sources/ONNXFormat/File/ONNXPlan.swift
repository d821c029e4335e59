internal import ModelIO
internal import Tensors

/// What an ONNX file is to say of a model: the graph that the tree carries, or none, and each tensor in its place.
struct ONNXPlan {
    /// Without the elements of its tensors. Initialisers that were sparse are dense ones.
    let model: ONNXModelProto
    /// For each tensor of the list, its place among the initialisers.
    let places: [Int]

    /// - Throws: `unsupported` where the format has no such type, `malformed` where the tensors are not those of the
    ///   graph.
    init(tree: FileTree, tensors: [TensorInfo]) throws(SparsifyError) {
        let carried = tree.carriedTypes
        guard var model = try GraphEntry.model(in: tree) else {
            var protos: [ONNXTensorProto] = []
            for tensor in tensors { protos.append(try Self.proto(tensor, carried[tensor.name])) }
            self.model = ONNXModelProto(tensors: protos)
            places = Array(tensors.indices)
            return
        }
        let paths = try ONNXTree.paths(model.graph)
        for sparse in model.graph.sparseInitializer {
            var tensor = sparse.values
            tensor.dims = sparse.dims
            model.graph.initializer.append(tensor)
        }
        model.graph.sparseInitializer = []
        let found = Dictionary(uniqueKeysWithValues: (paths.dense + paths.sparse).enumerated().map { ($1, $0) })
        var open = Set(model.graph.initializer.indices.filter { model.graph.initializer[$0].type != .string })
        var places: [Int] = []
        for tensor in tensors {
            guard let place = found[tensor.name], open.remove(place) != nil else {
                throw SparsifyError(
                    .malformed, "The ONNX graph that the file carries has no such initialiser.", tensor: tensor.name)
            }
            let proto = model.graph.initializer[place]
            guard let type = proto.type, type.element == tensor.elementType,
                try type.byteCount(try proto.dimensions()) == tensor.byteCount
            else {
                throw SparsifyError(
                    .malformed, "In the ONNX graph that the file carries this initialiser has another type or shape.",
                    tensor: tensor.name)
            }
            places.append(place)
        }
        if let missing = open.min() {
            throw SparsifyError(
                .malformed, "The file has no tensor for this initialiser of its ONNX graph.",
                tensor: model.graph.initializer[missing].name)
        }
        self.model = model
        self.places = places
    }

    private static func proto(_ tensor: TensorInfo, _ carried: String?) throws(SparsifyError) -> ONNXTensorProto {
        guard let type = ONNXType(storing: tensor.elementType, carried: carried) else {
            throw SparsifyError(
                .unsupported,
                "An ONNX file is not written with elements of the type \(carried ?? tensor.elementType.name).",
                tensor: tensor.name)
        }
        var proto = ONNXTensorProto()
        proto.name = tensor.name
        proto.dataType = type.rawValue
        proto.dims = tensor.shape.dimensions.map { Int64($0) }
        return proto
    }
}
