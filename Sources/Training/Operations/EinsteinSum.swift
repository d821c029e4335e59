internal import LinearAlgebra
internal import Tensors

/// A sum of products of two arrays as matrix products: labels that both have and the result too count the products, the
/// others of the left are rows, of the right columns, and those that the result lacks are summed over.
struct EinsteinSum<N: Number> {
    private let products: Int
    private let rows: Int
    private let columns: Int
    private let depth: Int
    private let left: AxisOrder
    private let right: AxisOrder
    /// From the order of the products to that of the result.
    private let result: AxisOrder
    private let resultBack: AxisOrder

    struct Side {
        var labels: [Int]
        var extents: [Int]
    }

    init(_ left: Side, _ right: Side, output: [Int]) throws(SparsifyError) {
        var extents: [Int: Int] = [:]
        for (label, extent) in zip(left.labels + right.labels, left.extents + right.extents) { extents[label] = extent }
        let shared = output.filter { left.labels.contains($0) && right.labels.contains($0) }
        let rows = output.filter { left.labels.contains($0) && !right.labels.contains($0) }
        let columns = output.filter { right.labels.contains($0) && !left.labels.contains($0) }
        let summed = left.labels.filter { right.labels.contains($0) && !output.contains($0) }
        guard Set(left.labels).count == left.labels.count, Set(right.labels).count == right.labels.count,
            left.labels.count == shared.count + rows.count + summed.count,
            right.labels.count == shared.count + columns.count + summed.count
        else {
            throw SparsifyError(.unsupported, "There is no gradient of a sum over an axis that one operand alone has.")
        }
        func size(_ labels: [Int]) -> Int { labels.reduce(1) { $0 * extents[$1]! } }
        func places(_ labels: [Int], in all: [Int]) -> [Int] { labels.map { all.firstIndex(of: $0)! } }
        products = size(shared)
        self.rows = size(rows)
        self.columns = size(columns)
        depth = size(summed)
        let natural = shared + rows + columns
        self.left = AxisOrder(left.extents, places(shared + rows + summed, in: left.labels))
        self.right = AxisOrder(right.extents, places(shared + summed + columns, in: right.labels))
        result = AxisOrder(natural.map { extents[$0]! }, places(output, in: natural))
        resultBack = AxisOrder(output.map { extents[$0]! }, places(natural, in: output))
    }

    private static func ordered(
        _ block: UnsafeMutablePointer<N>, _ order: AxisOrder, _ count: Int, _ pool: BlockPool<N>
    )
        -> (base: UnsafeMutablePointer<N>, block: Block<N>?)
    {
        guard !order.isIdentity else { return (block, nil) }
        let copy = pool.block(count)
        order.apply(UnsafePointer(block), copy.base)
        return (copy.base, copy)
    }

    func forward(_ a: Block<N>, _ b: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let left = Self.ordered(a.base, left, a.count, pool)
        let right = Self.ordered(b.base, right, b.count, pool)
        let output = pool.block(products * rows * columns)
        let product = MatrixProduct(rows: rows, columns: columns, depth: depth)
        for index in 0..<products {
            N.multiply(
                product, left.base + index * rows * depth, right.base + index * depth * columns,
                output.base + index * rows * columns)
        }
        withExtendedLifetime((left.block, right.block)) {}
        guard !result.isIdentity else { return output }
        let ordered = pool.block(output.count)
        result.apply(output.base, ordered.base)
        return ordered
    }

    /// The gradient by the left operand.
    func leftGradient(_ gradient: Block<N>, _ b: Block<N>, count: Int, _ pool: BlockPool<N>) -> Block<N> {
        let given = Self.ordered(gradient.base, resultBack, gradient.count, pool)
        let right = Self.ordered(b.base, right, b.count, pool)
        let product = MatrixProduct(rows: rows, columns: depth, depth: columns, bIsTransposed: true)
        let output = pool.block(count)
        for index in 0..<products {
            N.multiply(
                product, given.base + index * rows * columns, right.base + index * depth * columns,
                output.base + index * rows * depth)
        }
        withExtendedLifetime((given.block, right.block)) {}
        return back(output, left, pool)
    }

    /// Adds the gradient by the right operand.
    func addRightGradient(_ gradient: Block<N>, _ a: Block<N>, into target: Block<N>, _ pool: BlockPool<N>) {
        let given = Self.ordered(gradient.base, resultBack, gradient.count, pool)
        let left = Self.ordered(a.base, left, a.count, pool)
        let isDirect = right.isIdentity
        let output = isDirect ? target : pool.block(target.count)
        let product = MatrixProduct(
            rows: depth, columns: columns, depth: rows, aIsTransposed: true, adds: isDirect)
        for index in 0..<products {
            N.multiply(
                product, left.base + index * rows * depth, given.base + index * rows * columns,
                output.base + index * depth * columns)
        }
        withExtendedLifetime((given.block, left.block)) {}
        if !isDirect { right.addBack(output.base, target.base) }
    }

    private func back(_ ordered: Block<N>, _ order: AxisOrder, _ pool: BlockPool<N>) -> Block<N> {
        guard !order.isIdentity else { return ordered }
        let result = pool.zeros(ordered.count)
        order.addBack(ordered.base, result.base)
        return result
    }
}
