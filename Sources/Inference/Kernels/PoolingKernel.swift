internal import Networks

/// The largest or the mean element under a sliding window; channels last. What lies outside the input does not count.
struct PoolingKernel<T: Scalar>: Kernel {
    private let kind: Pooling.Kind
    private let geometry: WindowGeometry

    init(_ kind: Pooling.Kind, _ geometry: WindowGeometry) {
        self.kind = kind
        self.geometry = geometry
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let source = Shared(operands.inputs[0])
        let target = Shared(operands.outputs[0])
        let rows = geometry.examples * geometry.output[0] * geometry.output[1]
        let work = rows * geometry.output[2] * geometry.channels * geometry.taps
        operands.workers.ranges(rows, .moving(work)) { range in
            for row in range { Self.row(kind, geometry, row, source.pointer, target.pointer) }
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func row(
        _ kind: Pooling.Kind, _ geometry: WindowGeometry, _ row: Int, _ source: UnsafePointer<T>,
        _ target: UnsafeMutablePointer<T>
    ) {
        let channels = geometry.channels
        let width = geometry.output[2]
        let example = row / (geometry.output[0] * geometry.output[1])
        let (depth, height) = (row / geometry.output[1] % geometry.output[0], row % geometry.output[1])
        let (planes, lines) = (geometry.tapRange(0, depth), geometry.tapRange(1, height))
        let base = source + example * geometry.inputPositions * channels
        for column in 0..<width {
            let output = target + (row * width + column) * channels
            let taps = geometry.tapRange(2, column)
            output.fill(kind == .maximum ? -.infinity : 0, channels)
            for plane in planes {
                let z = depth * geometry.strides[0] - geometry.before[0] + plane * geometry.dilation[0]
                for line in lines {
                    let y = height * geometry.strides[1] - geometry.before[1] + line * geometry.dilation[1]
                    for tap in taps {
                        let x = column * geometry.strides[2] - geometry.before[2] + tap * geometry.dilation[2]
                        let values = base + ((z * geometry.input[1] + y) * geometry.input[2] + x) * channels
                        if kind == .maximum {
                            T.maximum(values, output, channels)
                        } else {
                            T.add(UnsafePointer(output), values, output, channels, low: -.infinity, high: .infinity)
                        }
                    }
                }
            }
            if kind == .average {
                let factor = 1 / T(max(planes.count * lines.count * taps.count, 1))
                for channel in 0..<channels { output[channel] *= factor }
            }
        }
    }
}
