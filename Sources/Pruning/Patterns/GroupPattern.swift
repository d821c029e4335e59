public import Tensors

/// N of M: of each M weights in a row along the inputs of an output, at most N are kept. What a matrix has beyond whole
/// groups is a shorter one, of which as large a share goes, rounded down.
public struct GroupPattern: Sendable, Hashable, CustomStringConvertible {
    public let kept: Int
    public let length: Int

    /// - Throws: `usage` where it is no pattern.
    public init(kept: Int, length: Int) throws(SparsifyError) {
        guard kept > 0, length > kept, length <= 1024 else {
            throw SparsifyError(
                .usage, "The pattern \(kept):\(length) is none: N:M keeps N of each M, with 0 < N < M ≤ 1024.")
        }
        self.kept = kept
        self.length = length
    }

    /// - Parameter text: `2:4`.
    public init(_ text: String) throws(SparsifyError) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let kept = numbers[0], let length = numbers[1] else {
            throw SparsifyError(.usage, "The pattern '\(text)' is not of the form N:M, as 2:4.")
        }
        try self.init(kept: kept, length: length)
    }

    public var description: String { "\(kept):\(length)" }

    /// The share of zeros.
    public var sparsity: Double { 1 - Double(kept) / Double(length) }

    /// How many of a group of `count` go.
    func zeros(of count: Int) -> Int { count * (length - kept) / length }

    /// The groups that `inputs` columns fall into.
    func groups(_ inputs: Int) -> [Range<Int>] {
        stride(from: 0, to: inputs, by: length).map { $0..<min($0 + length, inputs) }
    }

    /// How many weights of an output with so many inputs go.
    public func zeros(ofInputs inputs: Int) -> Int { groups(inputs).reduce(0) { $0 + zeros(of: $1.count) } }
}
