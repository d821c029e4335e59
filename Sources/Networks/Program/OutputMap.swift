public import Tensors

/// Tells, for each element of a parameter, which output it feeds: `OutputIndexing` for one shape, ready to be asked
/// often.
public struct OutputMap: Sendable {
    /// One of the axes that tell the output.
    private struct Axis {
        /// Elements between neighbours along the axis.
        var stride: Int
        var extent: Int
        var modulus: Int
        /// Outputs between neighbours along the axis.
        var cells: Int
    }

    /// How many outputs there are; 0 where the axes do not fit the shape, or an extent is zero.
    public let cellCount: Int
    private let axes: [Axis]
    /// Whether the output is the position modulo the count: the axes are the last ones.
    private let isTrailing: Bool

    public init(_ indexing: OutputIndexing, _ shape: Shape) {
        var strides = [Int](repeating: 1, count: shape.rank)
        for axis in strides.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] &* shape.dimensions[axis + 1]
        }
        var list: [Axis] = []
        var cells = 1
        for (axis, modulus) in zip(indexing.axes, indexing.moduli).reversed() {
            guard shape.dimensions.indices.contains(axis), shape.elementCount > 0 else {
                cells = 0
                break
            }
            let extent = shape.dimensions[axis]
            list.append(Axis(stride: strides[axis], extent: extent, modulus: modulus, cells: cells))
            cells *= modulus > 0 ? min(modulus, extent) : extent
        }
        cellCount = cells
        axes = list
        let last = shape.rank - indexing.axes.count
        isTrailing = indexing.moduli.allSatisfy { $0 == 0 } && indexing.axes == Array(max(last, 0)..<shape.rank)
    }

    /// The output, below `cellCount`, that the element at a row-major position feeds.
    public func cell(ofElement position: Int) -> Int {
        guard cellCount > 0 else { return 0 }
        if isTrailing { return position % cellCount }
        var cell = 0
        for axis in axes {
            let index = position / axis.stride % axis.extent
            cell += (axis.modulus > 0 ? index % axis.modulus : index) * axis.cells
        }
        return cell
    }
}
