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
        workers.ranges(rows, (function?.cost ?? 0) > 1 ? .computing(rows * width) : .moving(rows * width)) { range in
            apply(values.pointer, rows: range, columns: 0..<width, stride: width)
        }
    }

    /// Bounds of the results, and what is to be added, for kernels that see to that themselves; nil where the function
    /// is more than bounds.
    var clamp: (bias: UnsafePointer<T>?, low: T, high: T)? {
        guard let function else { return (bias.map { UnsafePointer($0.base) }, -.infinity, .infinity) }
        return function.clamp.map { (bias.map { UnsafePointer($0.base) }, $0.low, $0.high) }
    }

    /// A part of a (rows, width) array whose rows lie `stride` apart.
    func apply(_ values: UnsafeMutablePointer<T>, rows: Range<Int>, columns: Range<Int>, stride: Int) {
        let start = values + rows.lowerBound * stride + columns.lowerBound
        let bounds = function?.clamp ?? (-.infinity, .infinity)
        if bias != nil || function?.clamp != nil {
            T.addBias(
                bias.map { UnsafePointer($0.base) + columns.lowerBound }, to: start, rows: rows.count,
                columns: columns.count, stride: stride, low: bounds.low, high: bounds.high)
        }
        guard let function, function.clamp == nil else { return }
        for row in 0..<rows.count { function.apply(start + row * stride, columns.count) }
    }
}
