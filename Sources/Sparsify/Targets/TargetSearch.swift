/// Looks for a number of zeros that meets a target, by trials alone.
///
/// A ladder of densities 1/2, 1/4, … brackets the number, and bisection narrows the bracket. What is measured need not be
/// monotone in the zeros: then the number found is one at which a target begins to be met, or to be missed, and not the only
/// one.
struct TargetSearch {
    /// Elements that could be zero.
    let elements: Int
    /// Whether the fewest zeros that meet the target are wanted, else the most.
    let wantsFewest: Bool
    /// How near the bracket is narrowed, in zeros.
    let resolution: Int

    /// Trials in the order in which they were made.
    typealias Trials = [(zeros: Int, meets: Bool)]

    /// No more trials are made than about this.
    var expectedTrials: Int {
        var (trials, width) = (3, elements)
        while width > resolution { (trials, width) = (trials + 1, width / 2) }
        return trials
    }

    /// - Parameter measure: prunes so many elements, and says whether that meets the target.
    /// - Returns: all trials; `best` chooses among them.
    func run(_ measure: (Int) throws -> Bool) rethrows -> Trials {
        var trials: Trials = []
        func meets(_ zeros: Int) throws -> Bool {
            let meets = try measure(zeros)
            trials.append((zeros, meets))
            return meets
        }
        // Where all do, or none would, this alone tells.
        if try meets(0) == wantsFewest { return trials }
        var (low, high) = (0, elements)
        if wantsFewest {
            for zeros in ladder {
                if try meets(zeros) {
                    high = zeros
                    break
                }
                low = zeros
            }
            guard trials.last?.meets == true else { return trials }
        } else {
            // One that is missed may lie below one that is met; two in a row end the ladder.
            var failures = 0
            for zeros in ladder where failures < 2 { failures = try meets(zeros) ? 0 : failures + 1 }
            low = trials.filter(\.meets).map(\.zeros).max() ?? 0
            high = trials.filter { !$0.meets && $0.zeros > low }.map(\.zeros).min() ?? elements
            if low == elements { return trials }
        }
        while high - low > max(resolution, 1) {
            let middle = low + (high - low) / 2
            if try meets(middle) == wantsFewest { high = middle } else { low = middle }
        }
        return trials
    }

    /// The trial that does best by the target; nil where none meets it.
    func best(_ trials: Trials) -> Int? {
        let met = trials.indices.filter { trials[$0].meets }
        return wantsFewest
            ? met.min { trials[$0].zeros < trials[$1].zeros } : met.max { trials[$0].zeros < trials[$1].zeros }
    }

    /// Half of what the step before left is kept, until nothing is.
    private var ladder: [Int] {
        var steps: [Int] = []
        var kept = elements / 2
        while kept > 0 {
            steps.append(elements - kept)
            kept /= 2
        }
        return steps + [elements]
    }
}
