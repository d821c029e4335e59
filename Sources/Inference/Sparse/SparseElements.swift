internal import Tensors

/// The elements of a parameter that are not zero: positions in row-major order, ascending, and values.
final class SparseElements: @unchecked Sendable {
    let count: Int
    private let positionBuffer: RawBuffer
    private let valueStorage: Storage<Float>

    /// Parameters with more elements have positions that do not fit.
    static let maximumElementCount = Int(UInt32.max)

    /// Room for `count` elements.
    init(count: Int) {
        self.count = count
        positionBuffer = RawBuffer(byteCount: count * 4)
        valueStorage = Storage(count: count)
    }

    /// What is not zero in `storage`, where `count` elements are not.
    convenience init(_ storage: Storage<Float>, count: Int) {
        self.init(count: count)
        var next = 0
        for index in 0..<storage.count where storage.base[index] != 0 {
            positions[next] = UInt32(index)
            values[next] = storage.base[index]
            next += 1
        }
        precondition(next == count, "the elements were counted")
    }

    var positions: UnsafeMutableBufferPointer<UInt32> {
        UnsafeMutableBufferPointer(
            start: positionBuffer.bytes.baseAddress!.assumingMemoryBound(to: UInt32.self), count: count)
    }

    var values: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: valueStorage.base, count: count) }

    /// All `count` elements of the parameter.
    func scattered<T: Scalar>(count: Int) -> Storage<T> {
        let storage = Storage<T>(count: count)
        storage.base.clear(count)
        for (position, value) in zip(positions, values) { storage.base[Int(position)] = T(value) }
        return storage
    }
}

extension Storage {
    /// How many elements are not zero; a NaN is not.
    @specialized(where T == Float)
    @specialized(where T == Double)
    func countNonzeros() -> Int {
        var result = 0
        for index in 0..<count where base[index] != 0 { result += 1 }
        return result
    }
}
