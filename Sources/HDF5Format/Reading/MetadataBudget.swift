internal import Tensors

/// What attributes and datasets that are no tensors may take in memory together.
struct MetadataBudget {
    static let limit = 64 << 20
    private var left = MetadataBudget.limit

    /// - Throws: `limit`, before anything is allocated for `count` bytes.
    mutating func take(_ count: Int, _ what: @autoclosure () -> String) throws(SparsifyError) {
        guard count <= left else {
            throw SparsifyError(
                .limit,
                "With \(what()) of \(count) bytes, attributes and data other than tensors take more than "
                    + "\(Self.limit) bytes, which are kept in memory.")
        }
        left -= count
    }
}
