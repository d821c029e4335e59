internal import LinearAlgebra
internal import Networks

/// What one thread works with: tapes for the sizes of batch that it was given, and a gradient of its own.
final class Lane<N: Number> {
    private let network: Network
    private let table: ParameterTable
    private let head: LossHead
    private var tapes: [(rows: Int, extents: [[Int]], tape: Tape<N>)] = []
    /// Room for a gradient as long as θ.
    let gradient: UnsafeMutableBufferPointer<N>

    private let isTraining: Bool
    private let noise: ProductNoise?
    private let chance: Chance?

    /// - Parameters:
    ///   - isTraining: whether batch normalisations go by the batch, and layers that are frozen have no gradients.
    ///   - chance: what the noise of layers is drawn by.
    ///   - noise: of products, whose variances lie behind θ.
    init(
        _ network: Network, _ table: ParameterTable, _ head: LossHead, isTraining: Bool = false,
        noise: ProductNoise? = nil, chance: Chance? = nil
    ) {
        self.chance = chance
        self.isTraining = isTraining
        self.noise = noise
        self.network = network
        self.table = table
        self.head = head
        gradient = .allocate(capacity: table.count + (noise?.count ?? 0))
        gradient.initialize(repeating: .zero)
    }

    deinit { gradient.deallocate() }

    func tape(rows: Int, extents: [[Int]]) throws -> Tape<N> {
        if let found = tapes.first(where: { $0.rows == rows && $0.extents == extents }) { return found.tape }
        let tape = try newTape(rows: rows, extents: extents)
        if tapes.count == 3 { tapes.removeFirst() }
        tapes.append((rows, extents, tape))
        return tape
    }

    /// A tape that the lane does not keep.
    func newTape(rows: Int, extents: [[Int]], pool: BlockPool<N> = BlockPool()) throws -> Tape<N> {
        try Tape<N>(
            network, table, outputs: [head.output], rows: rows, extents: extents, isTraining: isTraining,
            noise: noise, chance: chance, pool: pool)
    }

    /// Parts of a vector as long as θ and the variances, one for each parameter and each tensor of variances.
    func blocks(_ base: UnsafeMutablePointer<N>, onlyTrainable: Bool, _ owner: AnyObject) -> [Block<N>?] {
        let parameters: [Block<N>?] = table.entries.map { entry in
            onlyTrainable && (!entry.isTrainable || isTraining && entry.isFrozen)
                ? nil : Block(viewing: base + entry.range.lowerBound, count: entry.range.count, of: owner)
        }
        return parameters
            + (noise?.ranges ?? []).map { range in
                Block(viewing: base + table.count + range.lowerBound, count: range.count, of: owner)
            }
    }

    /// Copies examples into blocks.
    func inputs(_ examples: Examples, _ range: Range<Int>, _ tape: Tape<N>) throws -> [Block<N>] {
        try zip(examples.inputs, examples.extents).map { store, extents in
            let each = extents.reduce(1, *)
            let block = tape.block(range.count * each)
            let values = try [Float](unsafeUninitializedCapacity: block.count) { values, count in
                if let base = values.baseAddress {
                    try store.read(range.lowerBound * each..<range.upperBound * each, into: base)
                }
                count = block.count
            }
            for index in 0..<block.count { block.base[index] = N(Double(values[index])) }
            return block
        }
    }

    /// Copies the examples with these numbers into blocks.
    func inputs(_ examples: Examples, _ numbers: ArraySlice<Int>, _ tape: Tape<N>) throws -> [Block<N>]
    where N == Float {
        try zip(examples.inputs, examples.extents).map { store, extents in
            let each = extents.reduce(1, *)
            let block = tape.block(numbers.count * each)
            for (row, number) in numbers.enumerated() {
                try store.read(number * each..<(number + 1) * each, into: block.base + row * each)
            }
            return block
        }
    }
}
