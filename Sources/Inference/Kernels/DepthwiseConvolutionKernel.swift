internal import Networks

/// A convolution of each channel by itself; channels last, kernel (taps, channels, multiplier).
struct DepthwiseConvolutionKernel<T: Scalar>: Kernel {
    private let geometry: WindowGeometry
    private let multiplier: Int
    private let kernel: Storage<T>
    private let epilogue: Epilogue<T>?

    init(_ geometry: WindowGeometry, multiplier: Int, kernel: Storage<T>, epilogue: Epilogue<T>?) {
        self.geometry = geometry
        self.multiplier = multiplier
        self.kernel = kernel
        self.epilogue = epilogue
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let source = Shared(operands.inputs[0])
        let target = Shared(operands.outputs[0])
        let rows = geometry.examples * geometry.output[0] * geometry.output[1]
        let filters = geometry.channels * multiplier
        let width = geometry.output[2]
        let shared = Shared(epilogue.map(\.clamp) ?? (nil, -.infinity, .infinity))
        operands.workers.ranges(rows, .products(rows * width * filters * geometry.taps * 4)) { range in
            let bounds = shared.pointer
            for row in range {
                if multiplier == 1 {
                    vectorRow(row, source.pointer, target.pointer, bounds)
                    if bounds != nil { continue }
                    epilogue?.end(
                        target.pointer + row * width * filters, width, 0..<filters, stride: filters, isBegun: false)
                    continue
                }
                Self.row(geometry, multiplier, UnsafePointer(kernel.base), row, source.pointer, target.pointer)
                epilogue?.end(
                    target.pointer + row * width * filters, width, 0..<filters, stride: filters, isBegun: false)
            }
        }
    }

    private func vectorRow(
        _ row: Int, _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>,
        _ bounds: (bias: UnsafePointer<T>?, low: T, high: T)?
    ) {
        let channels = geometry.channels
        let example = row / (geometry.output[0] * geometry.output[1])
        let (depth, height) = (row / geometry.output[1] % geometry.output[0], row % geometry.output[1])
        let base = source + example * geometry.inputPositions * channels
        var sources: [UnsafePointer<T>] = []
        var kernels: [UnsafePointer<T>] = []
        for plane in geometry.tapRange(0, depth) {
            let z = depth * geometry.strides[0] - geometry.before[0] + plane * geometry.dilation[0]
            for line in geometry.tapRange(1, height) {
                let y = height * geometry.strides[1] - geometry.before[1] + line * geometry.dilation[1]
                sources.append(base + (z * geometry.input[1] + y) * geometry.input[2] * channels)
                kernels.append(
                    UnsafePointer(kernel.base) + (plane * geometry.size[1] + line) * geometry.size[2] * channels)
            }
        }
        T.depthwise(
            DepthwiseRow(
                channels: channels, output: geometry.output[2], input: geometry.input[2], taps: geometry.size[2],
                stride: geometry.strides[2], dilation: geometry.dilation[2], before: geometry.before[2]),
            sources: sources, kernels: kernels, bias: bounds?.bias, target + row * geometry.output[2] * channels,
            low: bounds?.low ?? -.infinity, high: bounds?.high ?? .infinity)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func row(
        _ geometry: WindowGeometry, _ multiplier: Int, _ kernel: UnsafePointer<T>, _ row: Int,
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>
    ) {
        let channels = geometry.channels
        let filters = channels * multiplier
        let width = geometry.output[2]
        let example = row / (geometry.output[0] * geometry.output[1])
        let (depth, height) = (row / geometry.output[1] % geometry.output[0], row % geometry.output[1])
        let (planes, lines) = (geometry.tapRange(0, depth), geometry.tapRange(1, height))
        let base = source + example * geometry.inputPositions * channels
        for column in 0..<width {
            let output = target + (row * width + column) * filters
            output.clear(filters)
            for plane in planes {
                let z = depth * geometry.strides[0] - geometry.before[0] + plane * geometry.dilation[0]
                for line in lines {
                    let y = height * geometry.strides[1] - geometry.before[1] + line * geometry.dilation[1]
                    for tap in geometry.tapRange(2, column) {
                        let x = column * geometry.strides[2] - geometry.before[2] + tap * geometry.dilation[2]
                        let values = base + ((z * geometry.input[1] + y) * geometry.input[2] + x) * channels
                        let weights =
                            kernel + ((plane * geometry.size[1] + line) * geometry.size[2] + tap) * filters
                        if multiplier == 1 {
                            for channel in 0..<channels { output[channel] += values[channel] * weights[channel] }
                        } else {
                            for channel in 0..<channels {
                                for copy in 0..<multiplier {
                                    let filter = channel * multiplier + copy
                                    output[filter] += values[channel] * weights[filter]
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
