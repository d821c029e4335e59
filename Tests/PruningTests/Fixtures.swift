import Tensors

@testable import Pruning

/// A small model in memory, of float32 tensors.
struct MemoryModel: Sendable {
    var names: [String]
    var weights: [[Float]]

    init(_ weights: [[Float]]) {
        self.weights = weights
        names = weights.indices.map { "t\($0)" }
    }

    /// Weights drawn with a seed; every tensor on a scale of its own.
    static func random(sizes: [Int], seed: UInt64) -> MemoryModel {
        var state = seed
        return MemoryModel(
            sizes.enumerated().map { index, size in
                (0..<size).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31) * Float(index + 1)
                }
            })
    }

    var tensors: [PrunableTensor] {
        zip(names, weights).map { PrunableTensor(name: $0, elementType: .float32, elementCount: $1.count) }
    }

    func planner(_ criterion: any PruningCriterion = MagnitudeCriterion(), threads: Int = 2) -> Planner {
        let weights = weights
        return Planner(tensors: tensors, criterion: criterion, threads: threads) { index, range, destination in
            weights[index][range].withUnsafeBytes { destination.copyMemory(from: $0) }
        }
    }

    /// The model after the plan, applied in pieces of `tile` elements.
    func pruned(_ plan: PruningPlan, tile: Int = 1000) -> [[Float]] {
        weights.enumerated().map { index, values in
            var result = values
            var start = 0
            while start < values.count {
                let end = min(start + tile, values.count)
                var piece = Array(result[start..<end])
                piece.withUnsafeMutableBytes {
                    plan.apply(to: $0, tensor: index, offset: start, info: tensors[index])
                }
                result.replaceSubrange(start..<end, with: piece)
                start = end
            }
            return result
        }
    }

    /// The same by sorting everything: an independent answer.
    func prunedBySorting(zeros: Int) -> [[Float]] {
        var order: [(magnitude: Float, tensor: Int, position: Int)] = []
        for (tensor, values) in weights.enumerated() {
            for (position, value) in values.enumerated() { order.append((abs(value), tensor, position)) }
        }
        order.sort { ($0.magnitude, $0.tensor, $0.position) < ($1.magnitude, $1.tensor, $1.position) }
        var result = weights
        for entry in order.prefix(zeros) { result[entry.tensor][entry.position] = 0 }
        return result
    }
}

func zeroCount(_ tensors: [[Float]]) -> Int {
    tensors.reduce(0) { $0 + $1.reduce(0) { $0 + ($1.bitPattern == 0 ? 1 : 0) } }
}
