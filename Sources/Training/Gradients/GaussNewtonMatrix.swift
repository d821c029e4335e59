public import LinearAlgebra
internal import Tensors

/// Jᵀ H_L J of the mean loss over some examples at a point, with J the derivatives of the network's output and H_L the Hessian
/// of the loss by that: positive semidefinite (Schraudolph 2002, "Fast curvature matrix-vector products"). It is never
/// formed: what its products with vectors have in common is kept as far as the memory allows, and else computed anew.
///
/// A product takes a pass forwards with tangents alone and one backwards, about four times what a plain pass forwards does.
/// One call at a time, to this and to the `LossGradients` it is of.
public final class GaussNewtonMatrix<Element: Number & MatrixElement> {
    private let gradients: LossGradients<Element>
    private let parameters: [Element]
    private let examples: Examples
    private let lanes: [LinearisedLane<Element>]

    /// - Parameters:
    ///   - parameters: θ.
    ///   - memory: once the values of layers take so many bytes, nothing more is kept.
    public init(
        _ gradients: LossGradients<Element>, at parameters: [Element], _ examples: Examples, memory: Int = 1 << 28
    ) {
        self.gradients = gradients
        self.parameters = parameters
        self.examples = examples
        let share = memory / max(gradients.lanes.count, 1)
        lanes = gradients.lanes.map { LinearisedLane($0, memory: share) }
    }

    /// The product with a vector, exact but for rounding.
    ///
    /// - Parameter vector: as long as θ; what belongs to parameters that are not trained is taken for zero.
    /// - Throws: as making a tape and running it do.
    @specialized(where Element == Float)
    @specialized(where Element == Double)
    public func product(_ vector: [Element]) throws -> [Element] {
        precondition(vector.count == gradients.table.count, "a direction is as long as θ")
        let moving = gradients.table.entries.map { entry in
            entry.isTrainable && vector[entry.range].contains { $0.double != 0 }
        }
        for lane in lanes { lane.lane.gradient.update(repeating: Element(0.0)) }
        _ = try gradients.pieces(examples, lanes) { lane, range, factor, length in
            try self.add(lane, vector, moving, range, factor, length)
            return 0
        }
        return LossGradients<Element>.sum(lanes.map(\.lane), \.self)
    }

    private func add(
        _ lane: LinearisedLane<Element>, _ vector: [Element], _ moving: [Bool], _ range: Range<Int>, _ factor: Double,
        _ length: Int
    ) throws {
        let (linearised, output) = try lane.tape(range, examples) {
            try self.gradients.run($0, lane.lane, self.parameters, self.examples, range)
        }
        try parameters.withUnsafeBufferPointer { point in
            try LossGradients<Element>.withBlocks(lane.lane, point) { blocks in
                let tangent = try vector.withUnsafeBufferPointer { vector in
                    try LossGradients<Element>.withBlocks(lane.lane, vector) { direction in
                        try linearised.tangents(
                            inputs: [], blocks, zip(direction, moving).map { $1 ? $0 : nil })[0]
                    }
                }
                guard let tangent else { return }
                let gradient = linearised.tape.block(output.count)
                gradients.head.curvature(
                    output.base, tangent.base, count: output.count, length: length, factor: factor, into: gradient.base)
                linearised.tape.backward(
                    [gradient], blocks,
                    into: lane.lane.blocks(lane.lane.gradient.baseAddress!, onlyTrainable: true, lane.lane))
            }
        }
    }
}

/// What a thread keeps between products.
private final class LinearisedLane<Element: Number & MatrixElement> {
    typealias Run = (tape: LinearisedTape<Element>, output: Block<Element>)

    let lane: Lane<Element>
    private let pool = BlockPool<Element>()
    private let dualPool = BlockPool<Dual<Element>>()
    private let memory: Int
    /// By its first example, a piece that has run.
    private var kept: [Int: Run] = [:]
    /// For pieces that there is no room for, by their length.
    private var passing: [Int: LinearisedTape<Element>] = [:]

    init(_ lane: Lane<Element>, memory: Int) {
        self.lane = lane
        self.memory = memory
    }

    /// The tape of a piece, which has run.
    func tape(_ range: Range<Int>, _ examples: Examples, run: (Tape<Element>) throws -> Block<Element>) throws -> Run {
        if let found = kept[range.lowerBound] { return found }
        let isKept = pool.bytes < memory
        let tape = try (isKept ? nil : passing[range.count]) ?? linearised(range, examples)
        let result = (tape, try run(tape.tape))
        if isKept {
            kept[range.lowerBound] = result
        } else {
            passing[range.count] = tape
        }
        return result
    }

    private func linearised(_ range: Range<Int>, _ examples: Examples) throws -> LinearisedTape<Element> {
        LinearisedTape(
            try lane.newTape(rows: range.count, extents: examples.extents, pool: pool), dualPool: dualPool)
    }
}
