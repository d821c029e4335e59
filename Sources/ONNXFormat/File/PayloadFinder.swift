internal import ModelIO
internal import Tensors

/// Finds where the elements of a model's tensors are: in the file, in files beside it, or in fields of their own.
struct PayloadFinder {
    let input: InputFile
    let options: ReadOptions
    /// Files beside the model, by name.
    private(set) var siblings: [String: InputFile] = [:]
    private var declaredBytes = 0
    private let budget: Int

    private static let maximumSiblings = 512

    init(_ input: InputFile, options: ReadOptions) {
        self.input = input
        self.options = options
        budget = options.declaredByteBudget(fileSize: input.size)
    }

    /// Bytes of the model's files on disk.
    var fileSize: Int { siblings.values.reduce(input.size) { $0 + $1.size } }

    /// - Parameter raw: where the `raw_data` are in the model's file.
    /// - Throws: `malformed` where they do not fit the tensor's shape and type.
    mutating func payload(
        _ tensor: ONNXTensorProto, _ type: ONNXType, raw: Range<Int>?
    ) throws(SparsifyError) -> TensorPayload {
        let byteCount = try type.byteCount(try tensor.dimensions())
        func check(_ found: Int) throws(SparsifyError) {
            guard found == byteCount else {
                throw SparsifyError(
                    .malformed,
                    "A tensor of shape \(tensor.dims) and type \(type) has \(byteCount) bytes, not \(found).")
            }
        }
        if tensor.isExternal {
            let (file, offset, length) = try external(tensor, byteCount)
            try check(length)
            guard offset <= file.size, length <= file.size - offset else {
                throw SparsifyError(
                    .malformed, "\(length) bytes at \(offset) are asked for, but '\(file.path)' has \(file.size).",
                    remedy: "The file beside the model is truncated, or belongs to another.")
            }
            try declare(byteCount, isStored: true)
            return .file(file, offset: offset)
        }
        if let raw {
            try check(raw.count)
            return .file(input, offset: raw.lowerBound)
        }
        guard let bytes = tensor.typedBytes(type) else {
            throw SparsifyError(.unsupported, "A tensor of texts has no numbers.")
        }
        try check(bytes.count)
        return .bytes(bytes)
    }

    /// Counts bytes that the file does not have to have.
    private mutating func declare(_ byteCount: Int, isStored: Bool = false) throws(SparsifyError) {
        declaredBytes = try Checked.add(declaredBytes, isStored ? 0 : byteCount, "size of the tensors")
        guard declaredBytes <= budget else {
            throw SparsifyError(
                .limit, "Its tensors declare \(declaredBytes) bytes, more than the \(budget) that are allowed.",
                remedy: "Use --max-memory if you trust the file.")
        }
    }

    private mutating func external(
        _ tensor: ONNXTensorProto, _ byteCount: Int
    ) throws(SparsifyError) -> (file: InputFile, offset: Int, length: Int) {
        func number(_ key: String) throws(SparsifyError) -> Int? {
            guard let text = tensor.externalData.last(where: { $0.key == key })?.value else { return nil }
            guard let value = Int(text), value >= 0 else {
                throw SparsifyError(.malformed, "The \(key) of its external data, '\(text)', is no count of bytes.")
            }
            return value
        }
        guard let location = tensor.externalData.last(where: { $0.key == "location" })?.value else {
            throw SparsifyError(.malformed, "Its data are external, but there is no location.")
        }
        let name = location.hasPrefix("./") ? String(location.dropFirst(2)) : location
        if siblings[name] == nil {
            guard siblings.count < Self.maximumSiblings else {
                throw SparsifyError(
                    .limit, "The tensors lie in more than \(Self.maximumSiblings) files beside the model.",
                    remedy: "Save the model with its external data in one file.")
            }
            siblings[name] = try SiblingFile.open(name, beside: input.path, followsLinks: options.followsLinks)
        }
        return (siblings[name]!, try number("offset") ?? 0, try number("length") ?? byteCount)
    }

    // MARK: Sparse tensors

    /// - Parameter raw: where the `raw_data` of values and indices are in the model's file.
    mutating func payload(
        sparse: ONNXSparseTensorProto, _ type: ONNXType, raw: (values: Range<Int>?, indices: Range<Int>?)
    ) throws(SparsifyError) -> TensorPayload {
        let shape = try Shape(sparse.dims.map { Int($0) })
        try declare(try type.byteCount(shape.dimensions))
        let count = try Shape(try sparse.values.dimensions()).elementCount
        guard !type.isRowOfBytes, sparse.values.dims.count == 1, sparse.indices.type == .int64 else {
            throw SparsifyError(
                .malformed, "A sparse tensor has a row of values of a byte at least, and indices of type int64.")
        }
        let elements = try bytes(
            try payload(sparse.values, type, raw: raw.values), byteCount: count * type.element.byteWidth)
        let indexShape = try sparse.indices.dimensions()
        guard indexShape == [count] || indexShape == [count, shape.rank] else {
            throw SparsifyError(
                .malformed, "\(count) values of a sparse tensor of shape \(shape) have indices of shape \(indexShape).")
        }
        let stored = try bytes(
            try payload(sparse.indices, .int64, raw: raw.indices),
            byteCount: try Shape(indexShape).elementCount * 8)
        var reader = ByteReader(stored)
        var positions: [Int] = []
        for _ in 0..<count {
            var position = 0
            if indexShape.count == 1 {
                position = Int(try reader.integer("index", as: Int64.self))
            } else {
                for extent in shape.dimensions {
                    let index = Int(try reader.integer("index", as: Int64.self))
                    guard (0..<extent).contains(index) else { throw Self.disorder(shape) }
                    position = position * extent + index
                }
            }
            guard position >= 0, position < shape.elementCount, positions.last.map({ $0 < position }) ?? true else {
                throw Self.disorder(shape)
            }
            positions.append(position)
        }
        return .sparse(positions: positions, elements: elements)
    }

    private static func disorder(_ shape: Shape) -> SparsifyError {
        SparsifyError(
            .malformed, "The indices of a sparse tensor of shape \(shape) do not ascend, or lie outside of it.")
    }

    private func bytes(_ payload: TensorPayload, byteCount: Int) throws(SparsifyError) -> [UInt8] {
        switch payload {
        case .file(let file, let offset): try file.bytes(at: offset, count: byteCount)
        case .bytes(let bytes): bytes
        case .sparse: preconditionFailure("the parts of a sparse tensor are dense")
        }
    }
}
