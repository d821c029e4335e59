internal import Networks
internal import Tensors

/// The place of a value in a batch: rows (examples, times copies of it) of elements with these extents.
struct ValueShape: Hashable {
    var rows: Int
    var extents: [Int]

    /// Elements of a row.
    let rowCount: Int
    let count: Int

    /// - Throws: `limit` where it has more elements than can be counted.
    init(rows: Int, extents: [Int]) throws(SparsifyError) {
        self.rows = rows
        self.extents = extents
        var product = 1
        for extent in extents { product = try Checked.multiply(product, extent, "number of elements of a value") }
        rowCount = product
        count = try Checked.multiply(rows, product, "number of elements of a batch")
    }

    /// The rows as first axis.
    var dimensions: [Int] { [rows] + extents }

    /// Spatial extents and channels.
    func split(_ channels: ChannelAxis) -> (spatial: [Int], channels: Int) {
        channels == .last
            ? (Array(extents.dropLast()), extents[extents.count - 1]) : (Array(extents.dropFirst()), extents[0])
    }
}

/// Distances between neighbours along each axis, row-major.
func strides(_ dimensions: [Int]) -> [Int] {
    var result = dimensions
    var step = 1
    for axis in dimensions.indices.reversed() {
        result[axis] = step
        step *= dimensions[axis]
    }
    return result
}
