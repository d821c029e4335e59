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

    func run(_ operands: Operands<T>) {
        let source = Shared(operands.inputs[0])
        let target = Shared(operands.outputs[0])
        let rows = geometry.examples * geometry.output[0] * geometry.output[1]
        let filters = geometry.channels * multiplier
        let width = geometry.output[2]
        operands.workers.ranges(rows, work: 2 * rows * width * filters * geometry.taps) { range in
            for row in range {
                Self.row(geometry, multiplier, UnsafePointer(kernel.base), row, source.pointer, target.pointer)
                epilogue?.apply(
                    target.pointer, rows: row * width..<(row + 1) * width, columns: 0..<filters, stride: filters)
            }
        }
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
            output.update(repeating: 0, count: filters)
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
