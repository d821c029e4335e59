internal import Networks
internal import Tensors

/// A sum of products over labelled axes, brought to matrix products: C[s, m, n] = Σ_k A[s, m, k] · B[s, k, n], where s
/// are the axes that both sides and the result have, m and n those of one side, k those that are summed over.
struct EinsumKernel<T: Scalar>: Kernel {
    struct Side {
        var labels: [Int]
        var extents: [Int]
    }

    private let shared: Int
    private let rows: Int
    private let columns: Int
    private let depth: Int
    private let left: PermutationKernel<T>
    private let right: PermutationKernel<T>?
    private let result: PermutationKernel<T>
    /// The right side where it is a parameter, in the order that the products want.
    private let matrix: Storage<T>?
    private let scale: T?
    private let epilogue: Epilogue<T>?
    private let leftCount: Int
    private let rightCount: Int
    private let outputCount: Int

    /// - Parameter parameter: the values of the right side, where they are fixed.
    /// - Throws: `unsupported` where an axis of one side is neither shared nor in the result.
    init(
        _ left: Side, _ right: Side, output: [Int], parameter: Storage<T>? = nil, scale: Double? = nil,
        epilogue: Epilogue<T>? = nil
    ) throws {
        let sharedLabels = output.filter { left.labels.contains($0) && right.labels.contains($0) }
        let rowLabels = output.filter { left.labels.contains($0) && !right.labels.contains($0) }
        let columnLabels = output.filter { right.labels.contains($0) && !left.labels.contains($0) }
        let summed = left.labels.filter { right.labels.contains($0) && !output.contains($0) }
        let leftOrder = sharedLabels + rowLabels + summed
        let rightOrder = sharedLabels + summed + columnLabels
        guard leftOrder.count == left.labels.count, rightOrder.count == right.labels.count else {
            throw SparsifyError(.unsupported, "A product sums over an axis that only one of its sides has.")
        }
        var extents: [Int: Int] = [:]
        for (label, extent) in zip(left.labels + right.labels, left.extents + right.extents) { extents[label] = extent }
        func size(_ labels: [Int]) -> Int { labels.reduce(1) { $0 * extents[$1]! } }
        shared = size(sharedLabels)
        rows = size(rowLabels)
        columns = size(columnLabels)
        depth = size(summed)
        self.left = PermutationKernel(
            dimensions: left.extents, order: leftOrder.map { left.labels.firstIndex(of: $0)! })
        let rightPermutation = PermutationKernel<T>(
            dimensions: right.extents, order: rightOrder.map { right.labels.firstIndex(of: $0)! })
        let made = sharedLabels + rowLabels + columnLabels
        result = PermutationKernel(
            dimensions: made.map { extents[$0]! }, order: output.map { made.firstIndex(of: $0)! })
        leftCount = shared * rows * depth
        rightCount = shared * depth * columns
        outputCount = shared * rows * columns
        self.scale = scale.map { T($0) }
        self.epilogue = epilogue
        if let parameter {
            self.right = nil
            if rightPermutation.isIdentity {
                matrix = parameter
            } else {
                let ordered = Storage<T>(count: parameter.count)
                rightPermutation.run(
                    Operands(
                        inputs: [UnsafePointer(parameter.base)], outputs: [ordered.base], scratch: ordered.base,
                        workers: Workers(threads: 1)))
                matrix = ordered
            }
        } else {
            self.right = rightPermutation
            matrix = nil
        }
    }

    /// Whether the epilogue goes tile by tile: where tiles are made of whole parts of its rows, in their place.
    private var finishesTiles: Bool { result.isIdentity && shared == 1 && epilogue?.width == columns }

    var scratchCount: Int {
        (left.isIdentity ? 0 : leftCount) + (right.map { $0.isIdentity ? 0 : rightCount } ?? 0)
            + (result.isIdentity ? 0 : outputCount)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        var scratch = operands.scratch
        let workers = operands.workers
        func ordered(
            _ source: UnsafePointer<T>, _ permutation: PermutationKernel<T>, _ count: Int
        ) -> UnsafePointer<T> {
            if permutation.isIdentity { return source }
            let target = scratch
            scratch += count
            permutation.run(Operands(inputs: [source], outputs: [target], scratch: target, workers: workers))
            return UnsafePointer(target)
        }
        let a = ordered(operands.inputs[0], left, leftCount)
        let b = right.map { ordered(operands.inputs[1], $0, rightCount) } ?? UnsafePointer(matrix!.base)
        let output = operands.outputs[0]
        let c = result.isIdentity ? output : scratch
        let epilogue = epilogue?.bound(to: operands)
        multiply(a, b, c, finishesTiles ? epilogue : nil, workers)
        if !result.isIdentity {
            result.run(Operands(inputs: [UnsafePointer(c)], outputs: [output], scratch: c, workers: workers))
        }
        if let epilogue, !finishesTiles {
            epilogue.apply(output, rows: outputCount / epilogue.width, workers: workers)
        }
    }

    private func multiply(
        _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ c: UnsafeMutablePointer<T>,
        _ epilogue: Epilogue<T>?, _ workers: Workers
    ) {
        let product = Product(rows: rows, columns: columns, depth: depth, scale: scale, epilogue: epilogue)
        // Without examples there are no products, and no room for one.
        guard shared > 0 else { return }
        guard shared > 1 else { return product.run(a, b, c, workers) }
        let (sharedA, sharedB, sharedC) = (Shared(a), Shared(b), Shared(c))
        let (rows, columns, depth) = (rows, columns, depth)
        workers.share(shared, .products(shared * rows * columns * depth)) { _, index in
            product.tile(
                sharedA.pointer + index * rows * depth, sharedB.pointer + index * depth * columns,
                sharedC.pointer + index * rows * columns, 0..<rows, 0..<columns)
        }
    }
}
