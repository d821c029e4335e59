/// Loops over many numbers that the inference engine spends its time in. For `Float` they are C that is compiled for
/// several instruction sets; the standard ones here do for any type.
public protocol VectorLoops: BinaryFloatingPoint, Sendable {
    /// x ← min(max(x + bias, low), high) for rows of `columns` numbers that lie `stride` apart.
    static func addBias(
        _ bias: UnsafePointer<Self>?, to values: UnsafeMutablePointer<Self>, rows: Int, columns: Int, stride: Int,
        low: Self, high: Self)
    /// out ← min(max(a + b, low), high)
    static func add(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int, low: Self,
        high: Self)
    /// out ← a · b
    static func multiply(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int)
    /// out ← a · scale + shift
    static func scale(
        _ a: UnsafePointer<Self>, by scale: UnsafePointer<Self>, plus shift: UnsafePointer<Self>,
        _ out: UnsafeMutablePointer<Self>, _ count: Int)
    /// out ← max(out, a)
    static func maximum(_ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int)
    /// x ← 1 / (1 + e^−x)
    static func sigmoid(_ x: UnsafeMutablePointer<Self>, _ count: Int)
    /// x ← x / (1 + e^−x)
    static func silu(_ x: UnsafeMutablePointer<Self>, _ count: Int)
    static func hyperbolicTangent(_ x: UnsafeMutablePointer<Self>, _ count: Int)
    /// x ← e^(x − top), with x no greater than `top`; returns the sum.
    static func exponentials(_ x: UnsafeMutablePointer<Self>, _ count: Int, top: Self) -> Self
    /// One step of an LSTM cell whose gates lie i, f, g, o before their functions, tanh for g and σ for the others:
    /// c ← σ(f) · c + σ(i) · tanh g; h ← σ(o) · tanh c.
    static func lstm(
        _ gates: UnsafePointer<Self>, cell: UnsafeMutablePointer<Self>, state: UnsafeMutablePointer<Self>,
        _ units: Int)
    /// One row of the output of a depthwise convolution: see `DepthwiseRow`.
    static func depthwise(
        _ row: DepthwiseRow, sources: [UnsafePointer<Self>], kernels: [UnsafePointer<Self>],
        bias: UnsafePointer<Self>?, _ out: UnsafeMutablePointer<Self>, low: Self, high: Self)
}

/// How a depthwise convolution of multiplier 1 walks a row of its output: for each column and channel the bias plus the
/// sum of products over the lines of the input that its windows cover, and over the taps along them that lie within.
public struct DepthwiseRow: Sendable, Hashable {
    public var channels: Int
    /// Columns of the output, and of the input.
    public var output: Int
    public var input: Int
    public var taps: Int
    public var stride: Int
    public var dilation: Int
    /// Zeros before the first column.
    public var before: Int
}

extension Scalar {
    public static func addBias(
        _ bias: UnsafePointer<Self>?, to values: UnsafeMutablePointer<Self>, rows: Int, columns: Int, stride: Int,
        low: Self, high: Self
    ) {
        for row in 0..<rows {
            let x = values + row * stride
            for column in 0..<columns { x[column] = min(max(x[column] + (bias?[column] ?? 0), low), high) }
        }
    }

    public static func add(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int, low: Self,
        high: Self
    ) {
        for index in 0..<count { out[index] = min(max(a[index] + b[index], low), high) }
    }

    public static func multiply(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int
    ) {
        for index in 0..<count { out[index] = a[index] * b[index] }
    }

    public static func scale(
        _ a: UnsafePointer<Self>, by scale: UnsafePointer<Self>, plus shift: UnsafePointer<Self>,
        _ out: UnsafeMutablePointer<Self>, _ count: Int
    ) {
        for index in 0..<count { out[index] = a[index] * scale[index] + shift[index] }
    }

    public static func maximum(_ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ count: Int) {
        for index in 0..<count { out[index] = max(out[index], a[index]) }
    }

    public static func sigmoid(_ x: UnsafeMutablePointer<Self>, _ count: Int) {
        for index in 0..<count { x[index] = 1 / (1 + exponential(-x[index])) }
    }

    public static func silu(_ x: UnsafeMutablePointer<Self>, _ count: Int) {
        for index in 0..<count { x[index] /= 1 + exponential(-x[index]) }
    }

    public static func hyperbolicTangent(_ x: UnsafeMutablePointer<Self>, _ count: Int) {
        for index in 0..<count { x[index] = hyperbolicTangent(x[index]) }
    }

    public static func exponentials(_ x: UnsafeMutablePointer<Self>, _ count: Int, top: Self) -> Self {
        var sum: Self = 0
        for index in 0..<count {
            x[index] = exponential(x[index] - top)
            sum += x[index]
        }
        return sum
    }

    public static func lstm(
        _ gates: UnsafePointer<Self>, cell: UnsafeMutablePointer<Self>, state: UnsafeMutablePointer<Self>,
        _ units: Int
    ) {
        func sigmoid(_ x: Self) -> Self { 1 / (1 + exponential(-x)) }
        for unit in 0..<units {
            cell[unit] =
                sigmoid(gates[units + unit]) * cell[unit]
                + sigmoid(gates[unit]) * hyperbolicTangent(gates[2 * units + unit])
            state[unit] = sigmoid(gates[3 * units + unit]) * hyperbolicTangent(cell[unit])
        }
    }

    public static func depthwise(
        _ row: DepthwiseRow, sources: [UnsafePointer<Self>], kernels: [UnsafePointer<Self>],
        bias: UnsafePointer<Self>?, _ out: UnsafeMutablePointer<Self>, low: Self, high: Self
    ) {
        for column in 0..<row.output {
            let to = out + column * row.channels
            for channel in 0..<row.channels { to[channel] = bias?[channel] ?? 0 }
            for (source, kernel) in zip(sources, kernels) {
                for tap in 0..<row.taps {
                    let place = column * row.stride - row.before + tap * row.dilation
                    guard (0..<row.input).contains(place) else { continue }
                    let (x, w) = (source + place * row.channels, kernel + tap * row.channels)
                    for channel in 0..<row.channels { to[channel] += x[channel] * w[channel] }
                }
            }
            for channel in 0..<row.channels { to[channel] = min(max(to[channel], low), high) }
        }
    }
}
