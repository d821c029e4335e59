internal import Networks

/// What is done to the result of a product while it is still in the cache: a bias for each channel, then an activation
/// function of each element.
struct Epilogue<T: Scalar>: Sendable {
    /// Length of a row, and of the bias.
    let width: Int
    private let bias: Storage<T>?
    private let function: ElementFunction<T>?

    init?(width: Int, bias: Storage<T>?, function: ElementFunction<T>?) {
        guard bias != nil || function != nil else { return nil }
        self.width = width
        self.bias = bias
        self.function = function
    }

    /// All of a (rows, width) array.
    func apply(_ values: UnsafeMutablePointer<T>, rows: Int, workers: Workers) {
        let values = Shared(values)
        workers.ranges(rows, work: rows * width * (1 + (function?.cost ?? 0))) { range in
            apply(values.pointer, rows: range, columns: 0..<width, stride: width)
        }
    }

    /// A part of a (rows, width) array whose rows lie `stride` apart.
    func apply(_ values: UnsafeMutablePointer<T>, rows: Range<Int>, columns: Range<Int>, stride: Int) {
        for row in rows {
            let start = values + row * stride + columns.lowerBound
            if let bias { Self.add(bias.base + columns.lowerBound, start, columns.count) }
            function?.apply(start, columns.count)
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func add(_ bias: UnsafePointer<T>, _ values: UnsafeMutablePointer<T>, _ count: Int) {
        for index in 0..<count { values[index] += bias[index] }
    }
}
