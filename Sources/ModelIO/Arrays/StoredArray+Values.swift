internal import Tensors

/// Elements in row-major order, as numbers of one type.
extension StoredArray {
    /// `float32` bits are kept; a `float64` is rounded to the nearest.
    ///
    /// - Parameter range: which elements; nil: all.
    /// - Throws: `unsupported` where an integer is not exactly a `Float`, a finite number is beyond its range, or the
    ///   elements are no numbers; `limit` where they are too many; else as `read`.
    public func floats(_ range: Range<Int>? = nil) throws -> [Float] { try values(range) }

    /// - Throws: `unsupported` where an integer is not exactly a `Double` or the elements are no numbers; `limit` where
    ///   they are too many; else as `read`.
    public func doubles(_ range: Range<Int>? = nil) throws -> [Double] { try values(range) }

    /// - Throws: `unsupported` where a number is no integer or does not fit, or the elements are no numbers; `limit`
    ///   where they are too many; else as `read`.
    public func integers(_ range: Range<Int>? = nil) throws -> [Int] { try values(range) }

    private func values<Value: ExactNumber>(_ range: Range<Int>?) throws -> [Value] {
        do {
            let range = range ?? 0..<shape.elementCount
            try checkBudget(
                try Checked.multiply(range.count, MemoryLayout<Value>.stride, "byte count of the values"))
            switch elementType {
            case .float16: return try collect(range) { Value.exact(FloatingPointBits.float(fromHalf: $0)) }
            case .bfloat16: return try collect(range) { Value.exact(FloatingPointBits.float(fromBFloat16: $0)) }
            case .float32: return try collect(range) { Value.exact($0 as Float) }
            case .float64: return try collect(range) { Value.exact($0 as Double) }
            case .int8: return try collect(range) { Value.exact(integer: $0 as Int8) }
            case .uint8, .bool: return try collect(range) { Value.exact(integer: $0 as UInt8) }
            case .int16: return try collect(range) { Value.exact(integer: $0 as Int16) }
            case .uint16: return try collect(range) { Value.exact(integer: $0 as UInt16) }
            case .int32: return try collect(range) { Value.exact(integer: $0 as Int32) }
            case .uint32: return try collect(range) { Value.exact(integer: $0 as UInt32) }
            case .int64: return try collect(range) { Value.exact(integer: $0 as Int64) }
            case .uint64: return try collect(range) { Value.exact(integer: $0 as UInt64) }
            case .opaque16:
                throw SparsifyError(
                    .unsupported, "The elements are two bytes each whose meaning the file does not tell.")
            }
        } catch let error as SparsifyError {
            throw located(error)
        }
    }

    private func collect<Stored: BitwiseCopyable, Value: ExactNumber>(
        _ elements: Range<Int>, _ convert: (Stored) -> Value?
    ) throws -> [Value] {
        let width = MemoryLayout<Stored>.stride
        let tile = RawBuffer(byteCount: min(Self.tileElements, elements.count) * width)
        var result: [Value] = []
        result.reserveCapacity(elements.count)
        for start in stride(from: elements.lowerBound, to: elements.upperBound, by: Self.tileElements) {
            let range = start..<min(start + Self.tileElements, elements.upperBound)
            let part = UnsafeMutableRawBufferPointer(rebasing: tile.bytes[..<(range.count * width)])
            try read(range, into: part)
            for index in 0..<range.count {
                let stored = part.loadUnaligned(fromByteOffset: index * width, as: Stored.self)
                guard let value = convert(stored) else {
                    throw SparsifyError(
                        .unsupported,
                        "The element at position \(start + index) is \(stored), which \(Value.name) cannot hold.")
                }
                result.append(value)
            }
        }
        return result
    }
}
