internal import ModelIO
internal import Tensors

/// Where everything goes in an ONNX file, and in the file beside it where the tensors are too large for one message.
///
/// Initialisers are the last fields of the graph, the graph is the last of the model, and the elements are the last of
/// each initialiser: so every length is known before a value is.
struct ONNXLayout {
    /// A message may have 2 GiB less a byte; some libraries stop short of it.
    static let maximumMessageByteCount = 2_000_000_000
    /// A tensor that is not larger stays in the model's own file: shapes are read while a model is loaded.
    private static let smallByteCount = 1024
    private static let alignment = 4096

    struct Place {
        var isExternal: Bool
        var offset: Int
    }

    /// What comes before each initialiser's elements in the model's file, and where it begins.
    private(set) var pieces: [(offset: Int, bytes: [UInt8])] = []
    /// For each initialiser, where its elements go; nil where they are part of the pieces.
    private(set) var places: [Place?] = []
    /// Whether there is a file beside the model.
    private(set) var isExternal = false

    /// - Parameter externalName: the name of the file beside the model, where one is needed.
    init(
        _ model: ONNXModelProto, externalName: String, maximumByteCount: Int = Self.maximumMessageByteCount
    ) throws(SparsifyError) {
        var total = 0
        var sizes: [Int] = []
        for tensor in model.graph.initializer {
            let size =
                try tensor.type.map { type throws(SparsifyError) in try type.byteCount(tensor.dimensions()) } ?? 0
            total = try Checked.add(total, size, "size of the model")
            sizes.append(size)
        }
        isExternal = total > maximumByteCount

        var tensors: [[UInt8]] = []
        var outside = 0
        for (tensor, size) in zip(model.graph.initializer, sizes) {
            var tensor = tensor
            guard tensor.type != .string else {
                tensors.append(try GraphEntry.encoded(tensor))
                places.append(nil)
                continue
            }
            if isExternal, size > Self.smallByteCount {
                outside = (outside + Self.alignment - 1) / Self.alignment * Self.alignment
                places.append(Place(isExternal: true, offset: outside))
                tensor.externalData = [("location", externalName), ("offset", "\(outside)"), ("length", "\(size)")]
                    .map(ONNXStringStringEntryProto.init)
                tensor.dataLocation = 1
                tensors.append(try GraphEntry.encoded(tensor))
                outside += size
            } else {
                places.append(Place(isExternal: false, offset: 0))
                var writer = ByteWriter()
                writer.raw(try GraphEntry.encoded(tensor))
                writer.tag(9)
                writer.varint(size)
                tensors.append(writer.bytes)
            }
        }
        try arrange(model, tensors, sizes)
    }

    private mutating func arrange(
        _ model: ONNXModelProto, _ tensors: [[UInt8]], _ sizes: [Int]
    ) throws(SparsifyError) {
        func inside(_ index: Int) -> Int { places[index]?.isExternal == false ? sizes[index] : 0 }
        var outer = model
        outer.clearGraph()
        var graph = model.graph
        graph.initializer = []
        let graphBytes = try GraphEntry.encoded(graph)

        // Of each initialiser: its tag and length, then what comes before its elements.
        let heads = tensors.indices.map { index in
            var writer = ByteWriter()
            writer.tag(5)
            writer.varint(tensors[index].count + inside(index))
            writer.raw(tensors[index])
            return writer.bytes
        }
        let length = heads.indices.reduce(graphBytes.count) { $0 + heads[$1].count + inside($1) }
        var writer = ByteWriter()
        writer.raw(try GraphEntry.encoded(outer))
        writer.tag(7)
        writer.varint(length)
        writer.raw(graphBytes)
        var offset = writer.count
        pieces.append((0, writer.bytes))
        for index in heads.indices {
            pieces.append((offset, heads[index]))
            offset += heads[index].count
            if places[index]?.isExternal == false { places[index]?.offset = offset }
            offset += inside(index)
        }
    }
}

extension ByteWriter {
    /// The tag of a field that has a length.
    fileprivate mutating func tag(_ number: Int) { varint(number << 3 | Int(WireField.Kind.block.rawValue)) }
}

extension ONNXStringStringEntryProto {
    fileprivate init(_ key: String, _ value: String) {
        self.init()
        self.key = key
        self.value = value
    }
}
