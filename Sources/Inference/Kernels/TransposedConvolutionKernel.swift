internal import Networks

/// The transpose of a convolution: a matrix product gives what each input position adds where, and that is added up;
/// channels last, kernel (taps, filters, channels).
struct TransposedConvolutionKernel<T: Scalar>: Kernel {
    /// That of the convolution whose transpose this is: its output is our input.
    private let geometry: WindowGeometry
    private let channels: Int
    private let kernel: Storage<T>
    private let epilogue: Epilogue<T>?

    /// - Parameters:
    ///   - geometry: input and output exchanged, `channels` the filters.
    ///   - channels: those of our input.
    init(_ geometry: WindowGeometry, channels: Int, kernel: Storage<T>, epilogue: Epilogue<T>?) {
        self.geometry = geometry
        self.channels = channels
        self.kernel = kernel
        self.epilogue = epilogue
    }

    private var columns: Int { geometry.taps * geometry.channels }

    /// One example at a time.
    var scratchCount: Int { geometry.outputPositions * columns }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let filters = geometry.channels
        let resultCount = geometry.inputPositions * filters
        for example in 0..<geometry.examples {
            Product(rows: geometry.outputPositions, columns: columns, depth: channels, bIsTransposed: true).run(
                operands.inputs[0] + example * geometry.outputPositions * channels, UnsafePointer(kernel.base),
                operands.scratch, operands.workers)
            let output = operands.outputs[0] + example * resultCount
            output.clear(resultCount)
            Self.scatter(geometry, UnsafePointer(operands.scratch), output)
        }
        epilogue?.apply(
            operands.outputs[0], rows: geometry.examples * geometry.inputPositions, workers: operands.workers)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func scatter(
        _ geometry: WindowGeometry, _ parts: UnsafePointer<T>, _ output: UnsafeMutablePointer<T>
    ) {
        let filters = geometry.channels
        var from = parts
        for z in 0..<geometry.output[0] {
            for y in 0..<geometry.output[1] {
                for x in 0..<geometry.output[2] {
                    let (planes, lines, taps) = (
                        geometry.tapRange(0, z), geometry.tapRange(1, y), geometry.tapRange(2, x)
                    )
                    for plane in planes {
                        let outZ = z * geometry.strides[0] - geometry.before[0] + plane * geometry.dilation[0]
                        for line in lines {
                            let outY = y * geometry.strides[1] - geometry.before[1] + line * geometry.dilation[1]
                            for tap in taps {
                                let outX = x * geometry.strides[2] - geometry.before[2] + tap * geometry.dilation[2]
                                let to =
                                    output + ((outZ * geometry.input[1] + outY) * geometry.input[2] + outX) * filters
                                let part =
                                    from + ((plane * geometry.size[1] + line) * geometry.size[2] + tap) * filters
                                for filter in 0..<filters { to[filter] += part[filter] }
                            }
                        }
                    }
                    from += geometry.taps * filters
                }
            }
        }
    }
}
