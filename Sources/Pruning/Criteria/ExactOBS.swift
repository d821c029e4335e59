internal import LinearAlgebra
internal import Tensors

/// Optimal brain compression, exact row by row.
///
/// For each row weights are eliminated one by one, that of the least w_q² / [H⁻¹]_qq first; the others make up for it,
/// w ← w − w_q / [H⁻¹]_qq · H⁻¹ e_q, and row and column q leave H⁻¹. What each step costs, over all rows, says how many go from
/// which row: the cheapest first, after those that come before them in their row. The kept weights of a row are then the
/// exact minimum for its mask: H_KK w'_K = (H w)_K.
///
/// Cost: outputs · inputs³ operations.
struct ExactOBS {
    let problems: [LayerProblem]
    let damped: [SymmetricMatrix.Damped]
    let threads: Int

    /// In which order the weights of a row go, and what each costs.
    struct Trace: Sendable {
        var order: [Int] = []
        var costs: [Double] = []
    }

    private struct Row: Sendable {
        var matrix: Int
        var index: Int
    }

    func prune(_ target: LayerTarget) throws -> (weights: [[Double]], kept: [[Bool]]) {
        let rows = problems.indices.flatMap { matrix in
            (0..<problems[matrix].outputs).map { Row(matrix: matrix, index: $0) }
        }
        let inverses = damped.map { $0.factor.inverse().elements }
        let pattern: GroupPattern? = if case .pattern(let pattern) = target { pattern } else { nil }
        var traces: [Trace] = []
        try Parallel.ordered(rows.count, threads: threads) { [problems] index -> Trace in
            let row = rows[index]
            var elimination = RowElimination(
                problems[row.matrix].row(row.index), inverse: inverses[row.matrix], pattern: pattern)
            return elimination.run()
        } consume: { _, trace in
            traces.append(trace)
        }
        let counts: [Int] =
            if case .zeros(let zeros) = target { Self.share(zeros, traces) } else { traces.map(\.order.count) }
        var kept = problems.map { [Bool](repeating: true, count: $0.count) }
        var weights = problems.map(\.weights)
        let masks = zip(traces, counts).map { trace, count in Set(trace.order.prefix(count)) }
        try Parallel.ordered(rows.count, threads: threads) { [problems, damped] index -> [Double] in
            let row = rows[index]
            let problem = problems[row.matrix]
            return try KeptWeights.solve(
                problem.row(row.index), pruned: masks[index], gram: problem.gram,
                damping: damped[row.matrix].damping)
        } consume: { index, solution in
            let row = rows[index]
            let start = row.index * problems[row.matrix].inputs
            weights[row.matrix].replaceSubrange(start..<start + solution.count, with: solution)
            for position in masks[index] { kept[row.matrix][start + position] = false }
        }
        return (weights, kept)
    }

    /// How many weights of each row go, so that `zeros` go in all.
    static func share(_ zeros: Int, _ traces: [Trace]) -> [Int] {
        var steps: [(cost: Double, row: Int, place: Int)] = []
        for (row, trace) in traces.enumerated() {
            // A step is never cheaper than those before it, which must be taken first.
            var greatest = 0.0
            for (place, cost) in trace.costs.enumerated() {
                greatest = max(greatest, cost)
                steps.append((greatest, row, place))
            }
        }
        steps.sort { $0 < $1 }
        var counts = [Int](repeating: 0, count: traces.count)
        for step in steps.prefix(zeros) { counts[step.row] += 1 }
        return counts
    }
}

extension LayerProblem {
    func row(_ index: Int) -> [Double] { Array(weights[index * inputs..<(index + 1) * inputs]) }
}

/// Eliminates the weights of one row.
private struct RowElimination {
    private let count: Int
    /// [H⁻¹ | w]: count × (count + 1), so that one product updates both.
    private var table: [Double] = []
    private var isLeft: [Bool]
    /// With a pattern: how many may still go of each group.
    private var room: [Int]
    private let groupLength: Int

    init(_ weights: [Double], inverse: [Double], pattern: GroupPattern?) {
        count = weights.count
        table.reserveCapacity(count * (count + 1))
        for index in 0..<count {
            table += inverse[index * count..<(index + 1) * count]
            table.append(weights[index])
        }
        isLeft = [Bool](repeating: true, count: count)
        groupLength = pattern?.length ?? max(count, 1)
        room = pattern.map { pattern in pattern.groups(weights.count).map { pattern.zeros(of: $0.count) } } ?? [count]
    }

    mutating func run() -> ExactOBS.Trace {
        var trace = ExactOBS.Trace()
        let width = count + 1
        var scaled = [Double](repeating: 0, count: count)
        while let (chosen, cost) = cheapest() {
            trace.order.append(chosen)
            trace.costs.append(cost / 2)
            isLeft[chosen] = false
            room[chosen / groupLength] -= 1
            // H⁻¹ is symmetric: its row is its column.
            let row = Array(table[chosen * width..<(chosen + 1) * width])
            let factor = -1 / row[chosen]
            Double.multiply(MatrixProduct(rows: 1, columns: count, depth: 1), [factor], row, &scaled)
            Double.multiply(MatrixProduct(rows: count, columns: width, depth: 1, adds: true), scaled, row, &table)
        }
        return trace
    }

    private func cheapest() -> (Int, Double)? {
        let width = count + 1
        var found: (Int, Double)?
        for index in 0..<count where isLeft[index] && room[index / groupLength] > 0 {
            let weight = table[index * width + count]
            let cost = weight * weight / max(table[index * width + index], .leastNormalMagnitude)
            if found.map({ cost < $0.1 }) ?? true { found = (index, cost) }
        }
        return found
    }
}

/// The least-squares weights of a row under a mask.
enum KeptWeights {
    /// The w' that is zero where `pruned` and minimises (w' − w)ᵀ (G + λ I) (w' − w).
    static func solve(
        _ weights: [Double], pruned: Set<Int>, gram: SymmetricMatrix, damping: Double
    ) throws -> [Double] {
        guard !pruned.isEmpty else { return weights }
        let kept = weights.indices.filter { !pruned.contains($0) }
        let positions = pruned.sorted()
        var result = [Double](repeating: 0, count: weights.count)
        guard !kept.isEmpty else { return result }
        // (H w)_K = H_KK w_K + H_KQ w_Q: the change of w_K is what makes up for w_Q.
        var right = [Double](repeating: 0, count: kept.count)
        var matrix = SymmetricMatrix(order: kept.count)
        for (row, source) in kept.enumerated() {
            let start = source * gram.order
            for position in positions { right[row] += gram.elements[start + position] * weights[position] }
            for (column, position) in kept.enumerated() {
                matrix.elements[row * kept.count + column] = gram.elements[start + position]
            }
        }
        matrix.addToDiagonal(damping)
        guard let factor = matrix.cholesky() else {
            throw SparsifyError(
                .numerical,
                "The kept weights of an output cannot be solved for: their matrix is not positive definite.",
                remedy: "Give more samples, or a greater --damping.")
        }
        for (position, change) in zip(kept, factor.solve(right)) { result[position] = weights[position] + change }
        return result
    }
}
