internal import LinearAlgebra
internal import Tensors

/// The Fisher matrix 1/m Σ g gᵀ over m examples, kept only within blocks of neighbouring weights of a tensor (WoodFisher:
/// Singh and Alistarh 2020), and the diagonal of its damped inverse.
///
/// Costs m · n · b multiplications for n weights in blocks of b, and n · b² more for the inverses; 8 · n · b bytes, and 8 · b²
/// for each thread while a block is inverted.
final class BlockFisher: @unchecked Sendable {
    private struct Block {
        /// Positions in the vector of all weights.
        var places: [Int]
        var matrix: SymmetricMatrix
    }

    private let blocks: Parts<Block>
    private let threads: Int
    private var samples = 0

    /// - Parameter places: the weights of each block.
    init(_ places: [[Int]], threads: Int) {
        blocks = Parts(places.map { Block(places: $0, matrix: SymmetricMatrix(order: $0.count)) })
        self.threads = threads
    }

    /// Adds the outer products of gradients, which lie one behind the other.
    func add(_ rows: UnsafeBufferPointer<Float>, length: Int) throws {
        let count = rows.count / length
        samples += count
        let given = SharedRows(base: rows.baseAddress!)
        try Parallel.forEach(blocks.count, threads: threads) { [blocks] index in
            blocks.update(index) { block in
                let width = block.places.count
                var picked = [Double](repeating: 0, count: count * width)
                for row in 0..<count {
                    let from = given.base + row * length
                    for (column, place) in block.places.enumerated() {
                        picked[row * width + column] = Double(from[place])
                    }
                }
                picked.withUnsafeBufferPointer { block.matrix.addOuterProducts($0) }
            }
        }
    }

    struct Inverse {
        /// By position in the vector of all weights: [F⁻¹]_qq; 0 where a weight is in no block.
        var diagonal: [Float]
        /// By position: F_qq, without damping.
        var fisher: [Float]
        /// The greatest damping that a block needed.
        var damping: Double
    }

    /// Nothing can be added afterwards.
    ///
    /// - Parameter damping: share of the mean of the whole diagonal that is added to it.
    /// - Throws: `numerical` where a block is not positive definite, not even with a thousand times that.
    func inverse(count: Int, damping: Double) throws -> Inverse {
        let scale = 1 / Double(max(samples, 1))
        let size = (0..<blocks.count).reduce(0) { $0 + blocks[$1].places.count }
        let trace = (0..<blocks.count).reduce(0.0) { $0 + blocks[$1].matrix.diagonal.reduce(0, +) } * scale
        let mean = trace / Double(max(size, 1))
        let results = Parts([([Double], [Double], Double)](repeating: ([], [], 0), count: blocks.count))
        try Parallel.forEach(blocks.count, threads: threads) { [blocks] index in
            // What is done last with a block may change it.
            let fisher = blocks.update(index) { block in
                block.matrix.scale(by: scale)
                return block.matrix.diagonal
            }
            // Where all gradients are zero, so is the damping: any positive number tells the same order then.
            let first = damping * mean > 0 ? damping * mean : 1e-12
            let damped = try blocks[index].matrix.damped(adding: first, what: "The Fisher matrix of a block")
            results.update(index) { $0 = (damped.factor.inverseDiagonal(), fisher, damped.damping) }
        }
        var inverse = Inverse(
            diagonal: Array(repeating: 0, count: count), fisher: Array(repeating: 0, count: count), damping: 0)
        for index in 0..<blocks.count {
            let (diagonal, fisher, damping) = results[index]
            for (offset, place) in blocks[index].places.enumerated() {
                inverse.diagonal[place] = Float(diagonal[offset])
                inverse.fisher[place] = Float(fisher[offset])
            }
            inverse.damping = max(inverse.damping, damping)
        }
        return inverse
    }
}

/// Values that several threads change, each its own.
final class Parts<Value>: @unchecked Sendable {
    private let base: UnsafeMutableBufferPointer<Value>

    init(_ values: [Value]) {
        base = .allocate(capacity: values.count)
        _ = base.initialize(from: values)
    }

    deinit {
        base.deinitialize()
        base.deallocate()
    }

    var count: Int { base.count }

    subscript(_ index: Int) -> Value { base[index] }

    func update<Result>(_ index: Int, _ body: (inout Value) -> Result) -> Result { body(&base[index]) }
}

private struct SharedRows: @unchecked Sendable {
    let base: UnsafePointer<Float>
}
