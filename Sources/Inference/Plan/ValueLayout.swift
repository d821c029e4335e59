internal import Networks
internal import Tensors

/// The extents of a value once the batch size is chosen: rows of examples (and copies of them), each of the same shape.
struct ValueLayout: Sendable, Hashable {
    /// Examples times copies.
    var rows: Int
    var extents: [Int]
    /// Product of the extents.
    var rowCount: Int
    var count: Int

    /// - Throws: `malformed` where the product overflows, `limit` where 32 bits do not count the elements, as the
    ///   matrix products want.
    init(rows: Int, extents: [Int]) throws(SparsifyError) {
        self.rows = rows
        self.extents = extents
        rowCount = try Shape(extents).elementCount
        count = try Checked.multiply(rows, rowCount, "number of elements of a batch")
        guard count <= Int(Int32.max) else {
            throw SparsifyError(
                .limit, "A value of shape \(extents) for \(rows) examples has too many elements.",
                remedy: "Use a smaller batch.")
        }
    }

    /// With the rows as the first axis.
    var dimensions: [Int] { [rows] + extents }
}

/// Distances between neighbours along each axis of a row-major array.
func strides(_ dimensions: [Int]) -> [Int] {
    var result = [Int](repeating: 1, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() { result[axis] = result[axis + 1] * dimensions[axis + 1] }
    return result
}
