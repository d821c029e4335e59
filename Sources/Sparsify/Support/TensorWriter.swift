internal import Inference
internal import OtherFormats
internal import Tensors

/// Writes the outputs of a network as NumPy's files. Opened before the work, so that what forbids the output is found
/// before it.
struct TensorWriter {
    private let path: String
    private let names: [String]
    private let overwrite: Bool
    private let isArchive: Bool

    /// - Throws: `usage` where the ending is not `.npy` or `.npz`, or there is more to write than a `.npy` holds; `io`
    ///   where the file exists and is not to be replaced.
    init(_ path: String, _ names: [String], overwrite: Bool) throws {
        self.path = path
        self.names = names
        self.overwrite = overwrite
        let ending = path.lowercased()
        isArchive = ending.hasSuffix(".npz")
        guard isArchive || ending.hasSuffix(".npy") else {
            throw SparsifyError(.usage, "Outputs are written as .npy or .npz.", file: path)
        }
        guard isArchive || names.count == 1 else {
            throw SparsifyError(
                .usage, "The network has \(names.count) outputs, and a .npy holds one.", file: path,
                remedy: "Use the ending .npz.")
        }
        _ = try NPZWriter(path: path, overwrite: overwrite)
    }

    func write<Element: Scalar>(_ tensors: [Tensor<Element>]) throws {
        let type = Element.self == Float.self ? ElementType.float32 : .float64
        let width = MemoryLayout<Element>.stride
        guard isArchive else {
            let writer = try NumPyWriter(
                path: path, elementType: type, shape: Shape(tensors[0].shape), overwrite: overwrite)
            try tensors[0].values.withUnsafeBytes { try writer.append($0) }
            return try writer.finish()
        }
        let writer = try NPZWriter(path: path, overwrite: overwrite)
        for (name, tensor) in zip(names, tensors) {
            let values = tensor.values
            try writer.append(name, elementType: type, shape: Shape(tensor.shape)) { range, destination in
                values.withUnsafeBytes { bytes in
                    destination.copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: bytes[range.lowerBound * width..<range.upperBound * width]))
                }
            }
        }
        try writer.finish()
    }
}
