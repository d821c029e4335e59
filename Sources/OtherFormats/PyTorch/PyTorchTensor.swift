internal import Tensors

/// Elements of one kind in one member of the archive.
struct PyTorchStorage: Hashable {
    /// The name of the member below `data/`.
    var key: String
    /// Nil where the tensors say it.
    var type: PyTorchType?
    /// Elements, as the pickle declares them; of storages without a type, bytes.
    var count: Int
}

/// A tensor as a view of a storage. Offset and strides count elements.
struct PyTorchTensor: Hashable {
    var storage: PyTorchStorage
    var type: PyTorchType
    var offset: Int
    var shape: [Int]
    var strides: [Int]

    /// - Throws: `malformed` where the view reaches beyond its storage.
    init(
        _ storage: PyTorchStorage, _ type: PyTorchType, offset: Int, shape: [Int], strides: [Int]
    ) throws(SparsifyError) {
        guard shape.count == strides.count else {
            throw SparsifyError(.malformed, "A tensor of shape \(shape) has strides \(strides).")
        }
        (self.storage, self.type, self.offset) = (storage, type, offset)
        (self.shape, self.strides) = (shape, strides)
        let what = "place of a tensor's last element"
        _ = try Shape(shape.filter { $0 > 0 })
        guard !shape.contains(0) else { return }
        var last = offset
        for (extent, stride) in zip(shape, strides) {
            last = try Checked.add(last, try Checked.multiply(extent - 1, stride, what), what)
        }
        let available = storage.type == nil ? storage.count / type.width : storage.count
        guard last < available else {
            throw SparsifyError(
                .malformed,
                "A tensor of shape \(shape) and strides \(strides) from element \(offset) on reaches element \(last) of a storage of \(available)."
            )
        }
    }

    /// The last element of the storage that belongs to it; nil where it has none.
    var last: Int? {
        shape.contains(0) ? nil : zip(shape, strides).reduce(offset) { $0 + ($1.0 - 1) * $1.1 }
    }

    /// Whether its elements lie row-major without gaps.
    var isContiguous: Bool {
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            guard stride == expected || shape.contains(0) else { return false }
            expected *= extent
        }
        return true
    }
}

/// Types of elements by PyTorch's names.
struct PyTorchType: Hashable {
    /// What elements are shown as.
    let element: ElementType
    /// The name in safetensors, where integers carry the bits.
    let carried: String?

    var width: Int { element.byteWidth }

    private init(_ element: ElementType, _ carried: String? = nil) { (self.element, self.carried) = (element, carried) }

    /// By the name of a class of storages: `FloatStorage`.
    init?(storage: String) {
        guard storage.hasSuffix("Storage"), let type = Self.storages[String(storage.dropLast(7))] else { return nil }
        self = type
    }

    /// By the name of a type: `float8_e4m3fn`.
    init?(name: String) {
        guard let type = Self.names[name] else { return nil }
        self = type
    }

    private static let storages: [String: PyTorchType] = [
        "Float": .init(.float32), "Double": .init(.float64), "Half": .init(.float16), "BFloat16": .init(.bfloat16),
        "Long": .init(.int64), "Int": .init(.int32), "Short": .init(.int16), "Char": .init(.int8),
        "Byte": .init(.uint8), "Bool": .init(.bool), "ComplexFloat": .init(.uint64, "C64"),
    ]

    private static let names: [String: PyTorchType] = [
        "float32": .init(.float32), "float64": .init(.float64), "float16": .init(.float16),
        "bfloat16": .init(.bfloat16), "int64": .init(.int64), "int32": .init(.int32), "int16": .init(.int16),
        "int8": .init(.int8), "uint8": .init(.uint8), "bool": .init(.bool), "uint16": .init(.uint16),
        "uint32": .init(.uint32), "uint64": .init(.uint64), "complex64": .init(.uint64, "C64"),
        "float8_e4m3fn": .init(.uint8, "F8_E4M3"), "float8_e5m2": .init(.uint8, "F8_E5M2"),
        "float8_e4m3fnuz": .init(.uint8, "F8_E4M3FNUZ"), "float8_e5m2fnuz": .init(.uint8, "F8_E5M2FNUZ"),
        "float8_e8m0fnu": .init(.uint8, "F8_E8M0"),
    ]
}
