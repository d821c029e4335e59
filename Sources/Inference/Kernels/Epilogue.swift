internal import Networks

/// What is done to the result of a product while it is still in the cache: a bias for each channel, then another value
/// that is added, then an activation function of each element.
struct Epilogue<T: Scalar>: Sendable {
    /// Length of a row, and of the bias.
    let width: Int
    private let bias: Storage<T>?
    private let function: ElementFunction<T>?
    private let addsInput: Bool
    /// Bytes from a place in the result to that in the value that is added.
    private var addendDistance: Int?

    /// - Parameter addsInput: whether the last input of the kernel is added.
    init?(width: Int, bias: Storage<T>?, function: ElementFunction<T>?, addsInput: Bool = false) {
        guard bias != nil || function != nil || addsInput else { return nil }
        self.addsInput = addsInput
        self.width = width
        self.bias = bias
        self.function = function
    }

    /// The same for a run of the kernel.
    func bound(to operands: Operands<T>) -> Epilogue {
        guard addsInput, let addend = operands.inputs.last else { return self }
        var bound = self
        bound.addendDistance = Int(bitPattern: addend) - Int(bitPattern: operands.outputs[0])
        return bound
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
        if let addendDistance {
            if let bias, !isBegun {
                T.addBias(
                    UnsafePointer(bias.base) + channels.lowerBound, to: values, rows: rows, columns: channels.count,
                    stride: stride, low: -.infinity, high: .infinity)
            }
            eachRun(values, rows, channels.count, stride) { place, count in
                let addend = UnsafeRawPointer(place).advanced(by: addendDistance).assumingMemoryBound(to: T.self)
                T.add(UnsafePointer(place), addend, place, count, low: bounds.low, high: bounds.high)
            }
        } else if (bias != nil && !isBegun) || function?.clamp != nil {
            T.addBias(
                isBegun ? nil : bias.map { UnsafePointer($0.base) + channels.lowerBound }, to: values, rows: rows,
                columns: channels.count, stride: stride, low: bounds.low, high: bounds.high)
        }
        guard let function, function.clamp == nil else { return }
        eachRun(values, rows, channels.count, stride) { function.apply($0, $1) }
    }

    /// The same for numbers of one channel, whose bias is added already.
    func end(_ values: UnsafeMutablePointer<T>, _ count: Int) {
        if let addendDistance {
            let bounds = function?.clamp ?? (-.infinity, .infinity)
            let addend = UnsafeRawPointer(values).advanced(by: addendDistance).assumingMemoryBound(to: T.self)
            T.add(UnsafePointer(values), addend, values, count, low: bounds.low, high: bounds.high)
            if function?.clamp != nil { return }
        }
        function?.apply(values, count)
    }

    /// Rows as they lie in memory: all as one where nothing is between them.
    private func eachRun(
        _ values: UnsafeMutablePointer<T>, _ rows: Int, _ count: Int, _ stride: Int,
        _ body: (UnsafeMutablePointer<T>, Int) -> Void
    ) {
        if count == stride { return body(values, rows * count) }
        for row in 0..<rows { body(values + row * stride, count) }
    }

    var biasBase: UnsafePointer<T>? { bias.map { UnsafePointer($0.base) } }

    /// Bounds of the results, and what is to be added, for kernels that see to that themselves; nil where the function
    /// is more than bounds, and where a value is added.
    var clamp: (bias: UnsafePointer<T>?, low: T, high: T)? {
        guard !addsInput else { return nil }
        guard let function else { return (biasBase, -.infinity, .infinity) }
        return function.clamp.map { (biasBase, $0.low, $0.high) }
    }
}
