public import Tensors

/// All elements at once, in row-major order, as numbers of one type.
extension NumPyArray {
    /// `float32` bits are kept; a `float64` is rounded to the nearest.
    ///
    /// - Throws: `unsupported` where an integer is not exactly a `Float`, a finite number is beyond its range, or the
    ///   elements are no numbers; `limit` where they are too many; else as `read`.
    public func floats() throws(SparsifyError) -> [Float] { try values() }

    /// - Throws: `unsupported` where an integer is not exactly a `Double` or the elements are no numbers; `limit` where
    ///   they are too many; else as `read`.
    public func doubles() throws(SparsifyError) -> [Double] { try values() }

    /// - Throws: `unsupported` where a number is no integer or does not fit, or the elements are no numbers; `limit`
    ///   where they are too many; else as `read`.
    public func integers() throws(SparsifyError) -> [Int] { try values() }

    private func values<Value: ExactNumber>() throws(SparsifyError) -> [Value] {
        do throws(SparsifyError) {
            try checkBudget(
                try Checked.multiply(shape.elementCount, MemoryLayout<Value>.stride, "byte count of the values"))
            switch elementType {
            case .float16: return try collect { Value.exact(FloatingPointBits.float(fromHalf: $0)) }
            case .float32: return try collect { Value.exact($0 as Float) }
            case .float64: return try collect { Value.exact($0 as Double) }
            case .int8: return try collect { Value.exact(integer: $0 as Int8) }
            case .uint8, .bool: return try collect { Value.exact(integer: $0 as UInt8) }
            case .int16: return try collect { Value.exact(integer: $0 as Int16) }
            case .uint16: return try collect { Value.exact(integer: $0 as UInt16) }
            case .int32: return try collect { Value.exact(integer: $0 as Int32) }
            case .uint32: return try collect { Value.exact(integer: $0 as UInt32) }
            case .int64: return try collect { Value.exact(integer: $0 as Int64) }
            case .uint64: return try collect { Value.exact(integer: $0 as UInt64) }
            case .bfloat16, .opaque16:
                throw SparsifyError(
                    .unsupported, "The elements are two bytes each whose meaning the file does not tell.")
            }
        } catch {
            throw located(error)
        }
    }

    private func collect<Stored: BitwiseCopyable, Value: ExactNumber>(
        _ convert: (Stored) -> Value?
    ) throws(SparsifyError) -> [Value] {
        let width = MemoryLayout<Stored>.stride
        let tile = RawBuffer(byteCount: min(Self.tileElements, shape.elementCount) * width)
        var result: [Value] = []
        result.reserveCapacity(shape.elementCount)
        for start in stride(from: 0, to: shape.elementCount, by: Self.tileElements) {
            let range = start..<min(start + Self.tileElements, shape.elementCount)
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
