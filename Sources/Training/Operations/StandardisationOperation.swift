internal import Networks

/// Normalisation of each example by statistics of its own, then a scale and a shift by parameters.
final class StandardisationOperation<N: Number>: Operation {
    private let primitive: Standardisation
    private let rows: Int
    /// By element of a row, the set whose statistics it is normalised by.
    private let sets: [Int32]
    private let setCount: Int
    private let parameters: Broadcast
    /// What the elements are before scale and shift, and by what each set was multiplied.
    private var normalised: Block<N>?
    private var factors: [N] = []
    private var means: [N] = []

    init(_ primitive: Standardisation, input: ValueShape) {
        self.primitive = primitive
        rows = input.rows
        let extents = input.extents
        let axes = Set(primitive.axes)
        // Sets differ along the axes that are kept, and by the group of the channel.
        var counts = extents.indices.map { axes.contains($0) ? 1 : extents[$0] }
        if let channel = primitive.channelAxis { counts[channel] = primitive.groups }
        let steps = strides(counts)
        var sets: [Int32] = [0]
        for (axis, extent) in extents.enumerated() {
            var next: [Int32] = []
            for place in sets {
                for index in 0..<extent {
                    let position =
                        axis == primitive.channelAxis
                        ? index * primitive.groups / extent : axes.contains(axis) ? 0 : index
                    next.append(place + Int32(position * steps[axis]))
                }
            }
            sets = next
        }
        self.sets = sets
        setCount = counts.reduce(1, *)
        let parameterAxes = Set(primitive.channelAxis.map { [$0] } ?? primitive.axes)
        parameters = Broadcast(extents.indices.map { parameterAxes.contains($0) ? extents[$0] : 1 }, over: extents)
    }

    private var rowCount: Int { sets.count }
    private var length: N { N(Double(rowCount / max(setCount, 1))) }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ given: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let result = pool.block(inputs[0].count)
        factors = Array(repeating: .zero, count: rows * setCount)
        means = factors
        for row in 0..<rows {
            let (from, to) = (inputs[0].base + row * rowCount, result.base + row * rowCount)
            standardise(from, to, first: row * setCount)
        }
        normalised = result
        guard primitive.hasScale || primitive.hasShift else { return [result] }
        let output = pool.block(result.count)
        let scale = primitive.hasScale ? given[0].base : nil
        let shift = primitive.hasShift ? given[primitive.hasScale ? 1 : 0].base : nil
        for row in 0..<rows {
            let (from, to) = (result.base + row * rowCount, output.base + row * rowCount)
            parameters.visit { place, cell in
                let scaled = scale.map { from[place] * $0[cell] } ?? from[place]
                to[place] = shift.map { scaled + $0[cell] } ?? scaled
            }
        }
        return [output]
    }

    private func standardise(_ from: UnsafeMutablePointer<N>, _ to: UnsafeMutablePointer<N>, first: Int) {
        var mean = [N](repeating: .zero, count: setCount)
        if primitive.isCentred {
            for (index, set) in sets.enumerated() { mean[Int(set)] += from[index] }
            for set in 0..<setCount { mean[set] = mean[set] / length }
        }
        var squares = [N](repeating: .zero, count: setCount)
        for (index, set) in sets.enumerated() {
            let difference = from[index] - mean[Int(set)]
            squares[Int(set)] += difference * difference
        }
        let epsilon = N(primitive.epsilon)
        for set in 0..<setCount {
            means[first + set] = mean[set]
            factors[first + set] =
                primitive.moment == .sumOfSquares
                ? .one / N.squareRoot(N.greater(squares[set], epsilon))
                : .one / N.squareRoot(squares[set] / length + epsilon)
        }
        let isShifted = primitive.moment == .variance
        for (index, set) in sets.enumerated() {
            let value = isShifted ? from[index] - mean[Int(set)] : from[index]
            to[index] = value * factors[first + Int(set)]
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        guard let normalised else { return [nil] }
        let gradient = step.gradient
        if primitive.hasShift, let target = step.parameterGradients[primitive.hasScale ? 1 : 0] {
            parameters.sum(gradient.base, rows: rows, into: target.base)
        }
        if primitive.hasScale, let target = step.parameterGradients[0] {
            for row in 0..<rows {
                let (from, given) = (normalised.base + row * rowCount, gradient.base + row * rowCount)
                parameters.visit { target.base[$1] += from[$0] * given[$0] }
            }
        }
        guard step.needsInput[0] else { return [nil] }
        let scaled = pool.block(gradient.count)
        let result = pool.block(gradient.count)
        for row in 0..<rows {
            let (given, to) = (gradient.base + row * rowCount, scaled.base + row * rowCount)
            let scale = primitive.hasScale ? step.parameters[0].base : nil
            parameters.visit { place, cell in to[place] = scale.map { given[place] * $0[cell] } ?? given[place] }
            back(step.inputs[0].base + row * rowCount, to, result.base + row * rowCount, first: row * setCount)
        }
        return [result]
    }

    /// With y = (x − s) f, f = (v + ε)^(−1/2): dx = f dy − f³ (x − m) / n · Σ dy (x − s) for the factor, less the mean of f dy
    /// where s is the mean. Where only x² counts, m = 0.
    private func back(
        _ input: UnsafeMutablePointer<N>, _ given: UnsafeMutablePointer<N>, _ target: UnsafeMutablePointer<N>,
        first: Int
    ) {
        var products = [N](repeating: .zero, count: setCount)
        var sums = products
        let isShifted = primitive.moment == .variance
        for (index, set) in sets.enumerated() {
            let set = Int(set)
            let value = isShifted ? input[index] - means[first + set] : input[index]
            products[set] += given[index] * value
            sums[set] += given[index]
        }
        let epsilon = primitive.epsilon
        let terms = primitive.moment == .sumOfSquares ? N.one : length
        for (index, set) in sets.enumerated() {
            let set = Int(set)
            let factor = factors[first + set]
            // Below ε the sum of squares does not count.
            let isFlat =
                primitive.moment == .sumOfSquares && (N.one / (factor * factor)).double <= epsilon
            var value = given[index] * factor
            if !isFlat {
                let centred = input[index] - means[first + set]
                value -= factor * factor * factor * products[set] * centred / terms
            }
            if isShifted { value -= factor * sums[set] / length }
            target[index] = value
        }
    }
}
