internal import LinearAlgebra
internal import Tensors

/// The rounds of an `OptimalBrainSurgeon`.
struct BrainSurgery {
    private let plan: OptimalBrainSurgeon
    private let loss: any PrunableLoss
    private let progress: WorkProgress?
    private let cancellation: CancellationFlag?
    private(set) var weights: [Float]
    private(set) var isKept: [Bool]

    init(
        _ plan: OptimalBrainSurgeon, _ weights: [Float], _ loss: any PrunableLoss, progress: WorkProgress?,
        cancellation: CancellationFlag?
    ) {
        self.plan = plan
        self.weights = weights
        self.loss = loss
        self.progress = progress
        self.cancellation = cancellation
        isKept = Array(repeating: true, count: weights.count)
    }

    mutating func round(_ stage: Int, _ targets: RemovalTargets) throws -> OptimalBrainSurgeon.Round {
        var generator = SplitMix64(seed: plan.seed &+ UInt64(stage))
        let target = targets.at(Double(stage) / Double(max(plan.stages, 1)), counts: loss.tensors.map(\.count))
        let inverse = try scores(&generator)
        let removed = target.select(inverse.scores, isKept: isKept, tensors: loss.tensors)
        let examples = sample(plan.curvatureSamples, &generator)
        let before = try loss.value(weights, examples: examples)
        var round = OptimalBrainSurgeon.Round(
            kept: 0, block: inverse.block, isWhole: inverse.isWhole, fisherDamping: inverse.damping, products: 0,
            roundedSolves: 0, lossBefore: before,
            lossRemoved: before, lossAfter: before, predictedChange: 0)
        var move = [Float](repeating: 0, count: weights.count)
        for place in removed {
            isKept[place] = false
            move[place] = -weights[place]
        }
        let isLast = stage == plan.stages
        // A move without the gradient is made once: a second one would find nothing to do.
        let solves = plan.firstOrder && isLast ? plan.finalSolves : 1
        for solve in 0..<max(solves, 1) {
            try cancellation?.check()
            let model = solve == 0 ? examples : sample(plan.curvatureSamples, &generator)
            let probe = sample(plan.curvatureSamples, &generator)
            let found = try solved(
                move, model, probe: probe, inverse.fisher, iterations: isLast ? 64 : 32, &round)
            if solve == 0 {
                round.lossRemoved = found.lossRemoved
                round.predictedChange = found.predicted
            }
            if solve > 0, !found.isMoved { break }
            move = [Float](repeating: 0, count: weights.count)
        }
        round.lossAfter = try loss.value(weights, examples: examples)
        guard round.lossAfter.isFinite else {
            throw SparsifyError(.numerical, "The loss is \(round.lossAfter) after weights were removed.")
        }
        round.kept = isKept.count { $0 }
        return round
    }

    private func sample(_ count: Int, _ generator: inout SplitMix64) -> [Int] {
        generator.sample(min(count, loss.exampleCount), of: loss.exampleCount)
    }

    // MARK: Scores

    private struct Scores {
        var scores: [Float]
        var fisher: [Float]
        var damping: Double
        var block: Int
        var isWhole: Bool
    }

    /// ½ w² / [F⁻¹]_qq of each weight that is still there.
    private func scores(_ generator: inout SplitMix64) throws -> Scores {
        let alive = loss.tensors.map { range in range.filter { isKept[$0] } }
        let places = try plan.blocks.cut(alive)
        let blocks = BlockFisher(places, threads: plan.threads)
        let examples = sample(plan.fisherSamples, &generator)
        try loss.exampleGradients(weights, examples: examples, seed: plan.isEmpirical ? nil : generator.next()) {
            rows in
            try cancellation?.check()
            try blocks.add(rows, length: weights.count)
        }
        let inverse = try blocks.inverse(count: weights.count, damping: plan.damping)
        var scores = [Float](repeating: 0, count: weights.count)
        for place in scores.indices where isKept[place] {
            scores[place] = weights[place] * weights[place] / (2 * inverse.diagonal[place])
        }
        return Scores(
            scores: scores, fisher: inverse.fisher, damping: inverse.damping, block: places.map(\.count).max() ?? 0,
            isWhole: places.count == 1)
    }

    // MARK: Moves

    private struct Move {
        var lossRemoved: Double
        var predicted: Double
        /// Whether the kept weights moved at all.
        var isMoved: Bool
    }

    /// Adds `removal` to the weights and moves the kept ones towards where the quadratic model is least: as far along the
    /// path of conjugate gradients as makes the loss least over examples that took no part in the model (Martens 2010).
    private mutating func solved(
        _ removal: [Float], _ examples: [Int], probe: [Int], _ fisher: [Float],
        iterations: Int, _ round: inout OptimalBrainSurgeon.Round
    ) throws -> Move {
        let slope = try loss.gradient(weights, examples: examples).gradient
        let gradient = plan.firstOrder ? slope : [Float](repeating: 0, count: slope.count)
        let product = try loss.gaussNewton(weights, examples: examples)
        let image = try product(removal)
        round.products += 1
        let right = zip(gradient, image).enumerated().map { index, pair in isKept[index] ? -(pair.0 + pair.1) : 0 }
        let alive = isKept.count { $0 }
        let mean = zip(fisher, isKept).reduce(0.0) { $0 + ($1.1 ? Double($1.0) : 0) } / Double(max(alive, 1))
        let added = Float(max(plan.moveDamping * mean, 1e-12))
        var solver = ConjugateGradients(tolerance: 1e-3, maximumIterations: iterations)
        // The Gauss-Newton matrix with damping is positive definite, whatever single precision makes of it.
        solver.stopsAtRounding = true
        let solution = try solver.solve(
            right, diagonal: zip(fisher, isKept).map { $1 ? $0 + added : 1 }
        ) { direction in
            try cancellation?.check()
            var result = try product(direction)
            for index in result.indices {
                result[index] = isKept[index] ? result[index] + added * direction[index] : direction[index]
            }
            return result
        }
        round.products += solution.iterations
        if solution.isRounded { round.roundedSolves += 1 }
        let stay = [Float](repeating: 0, count: weights.count)
        var best: (loss: Double, index: Int, move: [Float])?
        var lossRemoved = 0.0
        for (index, values) in ([stay] + solution.path).enumerated() {
            let move = zip(removal, values).enumerated().map { isKept[$0] ? $1.1 : $1.0 }
            let after = try loss.value(applied(move), examples: probe)
            if index == 0 { lossRemoved = after }
            if after.isFinite, best.map({ after < $0.loss }) ?? true { best = (after, index, move) }
        }
        guard let best else {
            throw SparsifyError(.numerical, "The loss is \(lossRemoved) after weights were removed.")
        }
        let predicted = try Self.prediction(best.move, slope, product)
        round.products += 1
        weights = applied(best.move)
        return Move(lossRemoved: lossRemoved, predicted: predicted, isMoved: best.index > 0)
    }

    private func applied(_ move: [Float]) -> [Float] {
        zip(weights, move).enumerated().map { isKept[$0] ? $1.0 + $1.1 : 0 }
    }

    /// gᵀδ + ½ δᵀHδ
    private static func prediction(
        _ move: [Float], _ gradient: [Float], _ product: CurvatureProduct
    ) throws -> Double {
        let image = try product(move)
        return ConjugateGradients.dot(gradient, move) + ConjugateGradients.dot(move, image) / 2
    }
}
