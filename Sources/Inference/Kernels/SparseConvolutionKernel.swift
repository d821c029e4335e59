internal import Networks

/// A convolution with sparse weights; channels last. Where windows are more than one element, the input is first turned
/// into planes, one for each channel, of which windows are runs.
struct SparseConvolutionKernel: Kernel {
    typealias T = Float

    var isSparse: Bool { true }

    private let geometry: WindowGeometry
    private let product: SparseProduct

    /// - Parameter weights: inputs are numbered tap by tap, channel by channel.
    init(_ geometry: WindowGeometry, weights: SparseWeights, epilogue: Epilogue<Float>?) {
        self.geometry = geometry
        product = SparseProduct(weights, rows: geometry.examples * geometry.outputPositions, epilogue: epilogue)
    }

    private var planesCount: Int {
        geometry.taps == 1 ? 0 : (geometry.examples * geometry.inputPositions * geometry.channels + 15) / 16 * 16
    }

    var scratchCount: Int { planesCount + product.scratchCount }

    func run(_ operands: Operands<Float>) {
        let product = product.bound(to: operands)
        let (windows, workers) = (WindowColumns(geometry: geometry), operands.workers)
        let source = Shared(operands.inputs[0])
        let planes = Shared(operands.scratch)
        let rest = operands.scratch + planesCount
        if geometry.isPointwise {
            return product.run(source.pointer, operands.outputs[0], scratch: rest, workers)
        }
        guard geometry.taps > 1 else {
            return product.run(operands.outputs[0], scratch: rest, workers, channels: geometry.channels) {
                windows.points(source.pointer, $0, $1, $2, $3)
            }
        }
        workers.ranges(
            geometry.examples * geometry.inputPositions, .moving(2 * planesCount), granule: 16
        ) { windows.turn(source.pointer, $0, into: planes.pointer) }
        product.run(operands.outputs[0], scratch: rest, workers, channels: geometry.channels) {
            windows.gather(UnsafePointer(planes.pointer), $0, $1, $2, $3)
        }
    }
}
