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
            end(values.pointer + range.lowerBound * width, range.count, 0..<width, stride: width, isBegun: false)
        }
    }

    /// Before a product whose result is added to what is there: lays the bias down. Says whether there is one.
    func begin(_ values: UnsafeMutablePointer<T>, _ rows: Int, _ channels: Range<Int>, stride: Int) -> Bool {
        guard let bias else { return false }
        for row in 0..<rows { (values + row * stride).copy(bias.base + channels.lowerBound, channels.count) }
        return true
    }

    /// After it, for rows that lie `stride` apart: what `begin` has not done.
    func end(
        _ values: UnsafeMutablePointer<T>, _ rows: Int, _ channels: Range<Int>, stride: Int, isBegun: Bool
    ) {
        let bounds = function?.clamp ?? (-.infinity, .infinity)
        if (bias != nil && !isBegun) || function?.clamp != nil {
            T.addBias(
                isBegun ? nil : bias.map { UnsafePointer($0.base) + channels.lowerBound }, to: values, rows: rows,
                columns: channels.count, stride: stride, low: bounds.low, high: bounds.high)
        }
        guard let function, function.clamp == nil else { return }
        for row in 0..<rows { function.apply(values + row * stride, channels.count) }
    }

    var biasBase: UnsafePointer<T>? { bias.map { UnsafePointer($0.base) } }

    /// Bounds of the results, and what is to be added, for kernels that see to that themselves; nil where the function
    /// is more than bounds.
    var clamp: (bias: UnsafePointer<T>?, low: T, high: T)? {
        guard let function else { return (biasBase, -.infinity, .infinity) }
        return function.clamp.map { (biasBase, $0.low, $0.high) }
    }
}
