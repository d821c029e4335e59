internal import Tensors

/// How a Fisher matrix is cut into blocks along its diagonal, so that it can be inverted.
public enum FisherBlocks: Sendable, Hashable {
    /// Not at all where there are no more than `automaticLimit` weights; else blocks of 1024 within tensors, or of what
    /// 512 MB hold.
    case automatic
    /// Blocks of so many weights within tensors.
    case most(Int)
    /// Not at all, with all that weights of different tensors have to do with one another.
    case whole

    /// Weights whose whole matrix is inverted without being asked for: two of 128 MB.
    public static let automaticLimit = 4096
    /// Weights whose whole matrix can be inverted at all: two of 2 GB.
    public static let wholeLimit = 16384

    /// The weights of each block.
    ///
    /// - Parameter alive: the weights that are left, by tensor.
    /// - Throws: `unsupported` where the whole matrix is asked for, and is too large.
    func cut(_ alive: [[Int]]) throws(SparsifyError) -> [[Int]] {
        let count = alive.reduce(0) { $0 + $1.count }
        switch self {
        case .whole:
            guard count <= Self.wholeLimit else {
                throw SparsifyError(
                    .unsupported,
                    "The whole Fisher matrix of \(count) weights takes \(Self.bytes(count) >> 20) MB, and as much again to invert it; "
                        + "it is made for \(Self.wholeLimit) weights at most.",
                    remedy:
                        "Cut it with --block N, or leave --block out: the whole matrix is taken as soon as few are left."
                )
            }
            return [alive.flatMap { $0 }]
        case .automatic where count <= Self.automaticLimit: return [alive.flatMap { $0 }]
        case .automatic: return Self.cut(alive, min(1024, (1 << 29) / 8 / count))
        case .most(let size): return Self.cut(alive, size)
        }
    }

    private static func bytes(_ order: Int) -> Int { 8 * order * order }

    private static func cut(_ alive: [[Int]], _ size: Int) -> [[Int]] {
        let size = max(size, 1)
        return alive.flatMap { tensor in
            stride(from: 0, to: tensor.count, by: size).map { Array(tensor[$0..<min($0 + size, tensor.count)]) }
        }
    }
}
