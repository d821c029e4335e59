public import Tensors

/// How the sparsity grows while a network is trained.
public protocol SparsitySchedule: Sendable {
    /// Short stable identifier, as on the command line.
    var id: String { get }
    /// A line for people: the rule, and where it comes from.
    var summary: String { get }

    /// The sparsity after each of the prunings, in their order; the last is `final`.
    ///
    /// - Parameters:
    ///   - final: what the training ends with.
    ///   - count: prunings that there is time for, at least 1. A schedule may need fewer.
    func sparsities(final: Double, count: Int) -> [Double]
}

/// All at once, at the start; what goes is not chosen again.
public struct OneShotSchedule: SparsitySchedule {
    public init() {}

    public var id: String { "one-shot" }
    public var summary: String { "all at once, then trained with what is left" }

    public func sparsities(final: Double, count: Int) -> [Double] { [final] }
}

/// All at once, and which weights go is chosen anew at each pruning.
public struct ConstantSchedule: SparsitySchedule {
    public init() {}

    public var id: String { "constant" }
    public var summary: String { "all at once, and chosen anew each time; with --regrow weights may come back" }

    public func sparsities(final: Double, count: Int) -> [Double] {
        [Double](repeating: final, count: max(count, 1))
    }
}

/// The same number of weights each time.
public struct LinearSchedule: SparsitySchedule {
    public init() {}

    public var id: String { "linear" }
    public var summary: String { "the same number of weights each time" }

    public func sparsities(final: Double, count: Int) -> [Double] {
        (1...max(count, 1)).map { $0 == count ? final : final * Double($0) / Double(count) }
    }
}

/// s = s_f (1 − (1 − t)³), t from 0 to 1: many weights at first, when there are plenty, and few at the end (Zhu and Gupta
/// 2017).
public struct CubicSchedule: SparsitySchedule {
    public init() {}

    public var id: String { "cubic" }
    public var summary: String { "s = S (1 - (1 - t)^3): many at first, few at the end (Zhu and Gupta 2017)" }

    public func sparsities(final: Double, count: Int) -> [Double] {
        (1...max(count, 1)).map { number in
            let rest = 1 - Double(number) / Double(max(count, 1))
            return number == count ? final : final * (1 - rest * rest * rest)
        }
    }
}

/// The same share of what is left, each round (Han et al. 2015; Frankle and Carbin 2019).
public struct IterativeSchedule: SparsitySchedule {
    /// Share of the weights left that goes in a round.
    public var fraction: Double

    /// - Throws: `usage` where the fraction is none.
    public init(fraction: Double = 0.2) throws(SparsifyError) {
        guard fraction > 0, fraction < 1 else {
            throw SparsifyError(
                .usage, "The fraction of weights that goes in a round is \(fraction); it lies between 0 and 1.")
        }
        self.fraction = fraction
    }

    public var id: String { "iterative" }
    public var summary: String { "the same share of what is left each round, --fraction (Han et al. 2015)" }

    /// As many as the fraction takes to come to the sparsity, however many there is time for.
    public func sparsities(final: Double, count: Int) -> [Double] {
        var result: [Double] = []
        var kept = 1 - fraction
        // A sparsity of 1 would never be reached.
        while 1 - kept < final, result.count < 1000 {
            result.append(1 - kept)
            kept *= 1 - fraction
        }
        return result + [final]
    }
}
