internal import LinearAlgebra
internal import Tensors

/// SparseGPT: columns are eliminated from the first to the last, in all rows at once, and each pruned weight is made up for
/// by the columns that follow it.
///
/// With U the upper Cholesky factor of H⁻¹ = Uᵀ U, the score of weight (r, c) is w² / U_cc², and pruning it changes the
/// weights to the right of it by −w / U_cc · U_c. Masks are chosen by blocks of columns, over all rows of a block.
///
/// Cost: outputs · inputs² + inputs³ operations.
struct BlockedOBS {
    let problems: [LayerProblem]
    let damped: [SymmetricMatrix.Damped]

    /// Columns whose mask is chosen at once.
    static let blockLength = 128

    func prune(_ target: LayerTarget) throws -> (weights: [[Double]], kept: [[Bool]]) {
        var weights: [[Double]] = []
        var kept: [[Bool]] = []
        let total = problems.reduce(0) { $0 + $1.count }
        var (seen, dropped) = (0, 0)
        for (problem, damped) in zip(problems, damped) {
            guard let factor = damped.factor.inverse().cholesky() else {
                throw SparsifyError(
                    .numerical, "The inverse of the Gram matrix of the layer's inputs is not positive definite.",
                    remedy: "Give more samples, or a greater --damping.")
            }
            var columns = ColumnElimination(problem, factor)
            for block in Self.blocks(problem.inputs, target) {
                switch target {
                case .zeros(let zeros):
                    seen += problem.outputs * block.count
                    let wanted = Share.of(zeros, seen, total) - dropped
                    columns.choose(wanted, in: block)
                    dropped += wanted
                    columns.eliminate(block, choosing: nil)
                case .pattern(let pattern): columns.eliminate(block, choosing: pattern)
                }
            }
            weights.append(columns.weights)
            kept.append(columns.kept)
        }
        return (weights, kept)
    }

    private static func blocks(_ inputs: Int, _ target: LayerTarget) -> [Range<Int>] {
        var length = blockLength
        // A group lies within one block.
        if case .pattern(let pattern) = target { length = max(length / pattern.length, 1) * pattern.length }
        return stride(from: 0, to: inputs, by: length).map { $0..<min($0 + length, inputs) }
    }
}

/// The weights of a matrix while its columns are eliminated.
private struct ColumnElimination {
    private(set) var weights: [Double]
    private(set) var kept: [Bool]
    private let outputs: Int
    private let inputs: Int
    /// Lower triangular: element (k, j) is U_jk.
    private let factor: [Double]

    init(_ problem: LayerProblem, _ factor: CholeskyFactor) {
        weights = problem.weights
        kept = weights.map { _ in true }
        (outputs, inputs) = (problem.outputs, problem.inputs)
        self.factor = factor.elements
    }

    private func score(_ position: Int) -> Double {
        let column = position % inputs
        let ratio = weights[position] / factor[column * inputs + column]
        return ratio * ratio
    }

    /// Marks the `count` weights of the columns `block` with the lowest scores.
    mutating func choose(_ count: Int, in block: Range<Int>) {
        let candidates = (0..<outputs).flatMap { row in block.map { row * inputs + $0 } }
        for position in LowestScores.positions(count, of: candidates, by: score) { kept[position] = false }
    }

    /// Marks what the pattern drops of each row's group, where one begins at `column`.
    private mutating func choose(_ pattern: GroupPattern, at column: Int) {
        guard column % pattern.length == 0 else { return }
        let group = column..<min(column + pattern.length, inputs)
        for row in 0..<outputs {
            let candidates = group.map { row * inputs + $0 }
            for position in LowestScores.positions(pattern.zeros(of: group.count), of: candidates, by: score) {
                kept[position] = false
            }
        }
    }

    /// Zeroes what is marked in the columns `block`; what follows makes up for it.
    mutating func eliminate(_ block: Range<Int>, choosing pattern: GroupPattern?) {
        var errors = [Double](repeating: 0, count: outputs * block.count)
        var column = [Double](repeating: 0, count: outputs)
        for index in block {
            if let pattern { choose(pattern, at: index) }
            let pivot = factor[index * inputs + index]
            for row in 0..<outputs {
                let position = row * inputs + index
                column[row] = kept[position] ? 0 : -weights[position] / pivot
                errors[row * block.count + index - block.lowerBound] = column[row]
                if !kept[position] { weights[position] = 0 }
            }
            update(column, depth: 1, factorRow: index, from: index + 1, to: block.upperBound)
        }
        update(errors, depth: block.count, factorRow: block.lowerBound, from: block.upperBound, to: inputs)
    }

    /// Adds errors (outputs, depth) · U[factorRow..., from..<to] to the weights of these columns.
    private mutating func update(_ errors: [Double], depth: Int, factorRow: Int, from: Int, to: Int) {
        guard from < to else { return }
        let product = MatrixProduct(
            rows: outputs, columns: to - from, depth: depth, bStride: inputs, bIsTransposed: true, cStride: inputs,
            adds: true)
        weights.withUnsafeMutableBufferPointer { weights in
            factor.withUnsafeBufferPointer { factor in
                Double.multiply(
                    product, errors, factor.baseAddress! + from * inputs + factorRow, weights.baseAddress! + from)
            }
        }
    }
}
