/// Shares zeros out among tensors so that what they cost together is least, by what each was measured to cost alone: the
/// multiple-choice knapsack, solved by dynamic programming (as Frantar and Alistarh do in OBC, 2022, section 5).
///
/// Costs are taken to add up, which they do about as far as they are small.
public struct BudgetAllocation: Sendable {
    /// What a tensor costs with so many zeros.
    public struct Candidate: Sendable, Hashable {
        public var zeros: Int
        public var damage: Double

        public init(zeros: Int, damage: Double) {
            self.zeros = zeros
            self.damage = damage
        }
    }

    /// For each tensor, by rising number of zeros; the first has the fewest that it can have.
    public let candidates: [[Candidate]]

    public init(candidates: [[Candidate]]) {
        precondition(candidates.allSatisfy { !$0.isEmpty }, "each tensor has a candidate")
        self.candidates = candidates.map { $0.sorted { $0.zeros < $1.zeros } }
    }

    /// Steps that the number of zeros is cut into for the table.
    private static let steps = 2000

    /// How many elements of each tensor go, `total` together; all that can, where these are fewer.
    public func zeros(total: Int) -> [Int] {
        let most = candidates.map { $0[$0.count - 1].zeros }
        guard total < most.reduce(0, +) else { return most }
        guard total > 0 else { return candidates.map { $0[0].zeros } }
        let unit = max(total / Self.steps, 1)
        let chosen = choose((total + unit - 1) / unit, unit) ?? candidates.map { $0.count - 1 }
        return trimmed(chosen, to: total)
    }

    /// How the least damage for a sum was come to.
    private struct Step {
        var damage = Double.infinity
        var before: Int32 = -1
        var candidate: Int32 = -1
    }

    /// For each tensor the candidate; nil where rounding to units leaves none that come to as many.
    private func choose(_ wanted: Int, _ unit: Int) -> [Int]? {
        var table: [[Step]] = []
        var last = [Step](repeating: Step(), count: wanted + 1)
        last[0].damage = 0
        for tensor in candidates {
            var next = [Step](repeating: Step(), count: wanted + 1)
            for (number, candidate) in tensor.enumerated() {
                let units = candidate.zeros / unit
                for sum in 0...wanted where last[sum].damage < .infinity {
                    // More than is wanted is as good as what is wanted.
                    let reached = min(sum + units, wanted)
                    let damage = last[sum].damage + candidate.damage
                    if damage < next[reached].damage {
                        next[reached] = Step(damage: damage, before: Int32(sum), candidate: Int32(number))
                    }
                }
            }
            table.append(next)
            last = next
        }
        guard last[wanted].damage < .infinity else { return nil }
        var place = wanted
        let chosen = table.reversed().map { row in
            let step = row[place]
            place = Int(step.before)
            return Int(step.candidate)
        }
        return chosen.reversed()
    }

    /// Takes back what is too much, from where a zero costs most.
    private func trimmed(_ chosen: [Int], to total: Int) -> [Int] {
        var zeros = zip(candidates, chosen).map { $0[$1].zeros }
        var chosen = chosen
        var surplus = zeros.reduce(0, +) - total
        while surplus > 0 {
            let slopes = candidates.indices.map { tensor -> Double in
                guard chosen[tensor] > 0 else { return -.infinity }
                let (upper, lower) = (candidates[tensor][chosen[tensor]], candidates[tensor][chosen[tensor] - 1])
                return (upper.damage - lower.damage) / Double(max(upper.zeros - lower.zeros, 1))
            }
            let tensor = slopes.indices.max { slopes[$0] < slopes[$1] }!
            guard chosen[tensor] > 0 else { return zeros }
            let count = min(surplus, zeros[tensor] - candidates[tensor][chosen[tensor] - 1].zeros)
            zeros[tensor] -= count
            surplus -= count
            if zeros[tensor] == candidates[tensor][chosen[tensor] - 1].zeros { chosen[tensor] -= 1 }
        }
        return zeros
    }
}
