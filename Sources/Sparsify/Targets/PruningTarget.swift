internal import Reports
internal import Tensors

/// What a pruning is to come to; how much goes follows from it.
public enum PruningTarget: Sendable, Hashable {
    /// The file takes no more bytes than this.
    case bytes(Int)
    /// A run takes no more floating-point operations than this share of the dense network's, 0 to 1.
    case flops(Double)
    /// Accuracy falls by no more than this, as a share of all examples, 0 to 1; as much goes as that allows.
    case drop(Double)

    /// Whether less is wanted of what is measured, so that the fewest zeros that do are looked for. Of those that keep
    /// an accuracy, the most are.
    var wantsFewestZeros: Bool { if case .drop = self { false } else { true } }

    /// `bytes`, `flops`, `drop`: stable, for reports.
    var kind: String {
        switch self {
        case .bytes: "bytes"
        case .flops: "flops"
        case .drop: "drop"
        }
    }

    /// The number that was asked for.
    var limit: Double {
        switch self {
        case .bytes(let count): Double(count)
        case .flops(let share), .drop(let share): share
        }
    }

    /// A number of this target's unit, for people.
    func text(_ value: Double) -> String { TargetReport.text(value, kind: kind) }

    /// - Throws: `usage` where the number is out of range.
    func check() throws {
        switch self {
        case .bytes(let count):
            guard count > 0 else { throw SparsifyError(.usage, "A file of \(count) bytes cannot be asked for.") }
        case .flops(let share):
            guard share > 0, share <= 1 else {
                throw SparsifyError(.usage, "The share of operations is \(share); it is above 0 and at most 1.")
            }
        case .drop(let share):
            guard share >= 0, share < 1 else {
                throw SparsifyError(.usage, "The drop of accuracy is \(share); it is at least 0 and below 1.")
            }
        }
    }
}
