public import Tensors

/// Which output of its layer each element of a weight of a given shape feeds, worked out once for many elements.
public struct OutputMap: Sendable {
    /// Number of outputs.
    public let count: Int
    private let axes: [Axis]

    private struct Axis {
        /// Elements from one index of the axis to the next.
        var stride: Int
        var extent: Int
        var modulus: Int
        /// Outputs from one index to the next.
        var cellStride: Int
    }

    /// Nil where the axes do not fit the shape, or the weight has no outputs.
    public init?(_ indexing: OutputIndexing, shape: Shape) {
        guard !indexing.axes.isEmpty, indexing.axes.allSatisfy({ $0 < shape.rank }) else { return nil }
        var axes: [Axis] = []
        var cells = 1
        let extents = indexing.extents(shape)
        for position in indexing.axes.indices.reversed() {
            let axis = indexing.axes[position]
            axes.append(
                Axis(
                    stride: shape.dimensions[(axis + 1)...].reduce(1, *), extent: shape.dimensions[axis],
                    modulus: indexing.moduli[position], cellStride: cells))
            cells *= extents[position]
        }
        guard cells > 0 else { return nil }
        self.axes = axes
        count = cells
    }

    /// The output that the element at a row-major position feeds, below `count`.
    public func cell(_ position: Int) -> Int {
        var cell = 0
        for axis in axes {
            var index = position / axis.stride % axis.extent
            if axis.modulus > 0 { index %= axis.modulus }
            cell += index * axis.cellStride
        }
        return cell
    }
}
