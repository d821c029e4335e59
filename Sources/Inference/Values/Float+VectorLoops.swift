internal import CVectorKernels

extension Float {
    public static func addBias(
        _ bias: UnsafePointer<Float>?, to values: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int,
        low: Float, high: Float
    ) { vk_bias_clamp(values, bias, rows, columns, stride, low, high) }

    public static func add(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int,
        low: Float, high: Float
    ) { vk_add(a, b, out, count, low, high) }

    public static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int
    ) { vk_multiply(a, b, out, count) }

    public static func scale(
        _ a: UnsafePointer<Float>, by scale: UnsafePointer<Float>, plus shift: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>, _ count: Int
    ) { vk_affine(a, scale, shift, out, count) }

    public static func maximum(_ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
        vk_maximum(a, out, count)
    }

    public static func sigmoid(_ x: UnsafeMutablePointer<Float>, _ count: Int) { vk_sigmoid(x, count) }
    public static func silu(_ x: UnsafeMutablePointer<Float>, _ count: Int) { vk_silu(x, count) }
    public static func hyperbolicTangent(_ x: UnsafeMutablePointer<Float>, _ count: Int) { vk_tanh(x, count) }

    public static func lstm(
        _ gates: UnsafePointer<Float>, cell: UnsafeMutablePointer<Float>, state: UnsafeMutablePointer<Float>,
        _ units: Int
    ) { vk_lstm(gates, cell, state, units) }

    public static func exponentials(_ x: UnsafeMutablePointer<Float>, _ count: Int, top: Float) -> Float {
        vk_exponentials(x, count, top)
    }

    public static func depthwise(
        _ row: DepthwiseRow, sources: [UnsafePointer<Float>], kernels: [UnsafePointer<Float>],
        bias: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<Float>, low: Float, high: Float
    ) {
        var shape = vk_depthwise(
            channels: row.channels, output: row.output, input: row.input, taps: row.taps, stride: row.stride,
            dilation: row.dilation, before: row.before, lines: sources.count)
        typealias Lines = UnsafePointer<UnsafePointer<Float>?>
        sources.withUnsafeBytes { sources in
            kernels.withUnsafeBytes { kernels in
                vk_depthwise_row(
                    &shape, sources.assumingMemoryBound(to: Lines.Pointee.self).baseAddress,
                    kernels.assumingMemoryBound(to: Lines.Pointee.self).baseAddress, bias, out, low, high)
            }
        }
    }
}
