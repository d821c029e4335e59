internal import CVectorKernels
internal import Networks

/// The largest or the mean element under a window; channels last. The gradient of a maximum goes to the first element that
/// reaches it.
final class PoolingOperation<N: Number>: Operation {
    private let isMaximum: Bool
    private let table: WindowTable
    private let rows: Int
    private let channels: Int
    /// By output, the position in its row of the element that was the largest.
    private var choices: [Int32] = []

    init(_ primitive: Pooling, input: ValueShape, output: ValueShape) throws {
        isMaximum = primitive.kind == .maximum
        let (source, target) = (input.split(.last), output.split(.last))
        table = try WindowTable(primitive.window, input: source.spatial, output: target.spatial)
        rows = input.rows
        channels = source.channels
    }

    private func taps(_ place: Int) -> ArraySlice<Int32> {
        table.sources[place * table.taps..<(place + 1) * table.taps]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        if isMaximum, let input = inputs[0] as? Block<Float>, let pool = pool as? BlockPool<Float>,
            let output = largest(input, pool) as? Block<N>
        {
            return [output]
        }
        let output = pool.zeros(rows * table.places * channels)
        if isMaximum, choices.isEmpty { choices = Array(repeating: -1, count: output.count) }
        for row in 0..<rows {
            let source = inputs[0].base + row * table.inputPositions * channels
            for place in 0..<table.places {
                let first = (row * table.places + place) * channels
                let sources = taps(place)
                if isMaximum {
                    choose(source, sources, output.base + first, first)
                } else {
                    average(source, sources, output.base + first)
                }
            }
        }
        return [output]
    }

    private func largest(_ input: Block<Float>, _ pool: BlockPool<Float>) -> Block<Float> {
        let output = pool.block(rows * table.places * channels)
        if choices.isEmpty { choices = Array(repeating: -1, count: output.count) }
        choices.withUnsafeMutableBufferPointer { choices in
            table.sources.withUnsafeBufferPointer { sources in
                guard let base = choices.baseAddress, let windows = sources.baseAddress else { return }
                for row in 0..<rows {
                    let first = row * table.places * channels
                    vk_largest(
                        input.base + row * table.inputPositions * channels, windows, table.places, table.taps, channels,
                        output.base + first, base + first)
                }
            }
        }
        return output
    }

    private func choose(
        _ source: UnsafeMutablePointer<N>, _ taps: ArraySlice<Int32>, _ target: UnsafeMutablePointer<N>, _ first: Int
    ) {
        choices.withUnsafeMutableBufferPointer { choices in
            guard let base = choices.baseAddress.map({ $0 + first }) else { return }
            var isFirst = true
            for place in taps where place >= 0 {
                let offset = Int(place) * channels
                let (from, number) = (source + offset, Int32(truncatingIfNeeded: offset))
                if isFirst {
                    for channel in 0..<channels {
                        target[channel] = from[channel]
                        base[channel] = number &+ Int32(truncatingIfNeeded: channel)
                    }
                    isFirst = false
                    continue
                }
                // Selected without a branch, which vector instructions can do.
                for channel in 0..<channels {
                    let (old, value) = (target[channel], from[channel])
                    let isGreater = old < value
                    target[channel] = isGreater ? value : old
                    base[channel] = isGreater ? number &+ Int32(truncatingIfNeeded: channel) : base[channel]
                }
            }
        }
    }

    private func average(
        _ source: UnsafeMutablePointer<N>, _ taps: ArraySlice<Int32>, _ target: UnsafeMutablePointer<N>
    ) {
        var count = 0
        for place in taps where place >= 0 {
            count += 1
            let from = source + Int(place) * channels
            for channel in 0..<channels { target[channel] += from[channel] }
        }
        let share = N(1 / Double(max(count, 1)))
        for channel in 0..<channels { target[channel] *= share }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let gradient = step.gradient
        let result = pool.zeros(step.inputs[0].count)
        let rowCount = table.inputPositions * channels
        for row in 0..<rows {
            let target = result.base + row * rowCount
            for place in 0..<table.places {
                let first = (row * table.places + place) * channels
                let given = gradient.base + first
                if isMaximum {
                    for channel in 0..<channels where choices[first + channel] >= 0 {
                        target[Int(choices[first + channel])] += given[channel]
                    }
                } else {
                    let sources = taps(place)
                    let share = N(1 / Double(max(sources.count { $0 >= 0 }, 1)))
                    for source in sources where source >= 0 {
                        let to = target + Int(source) * channels
                        for channel in 0..<channels { to[channel] += given[channel] * share }
                    }
                }
            }
        }
        return [result]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        guard let given = step.inputTangents[0] else { return nil }
        guard isMaximum else { return forward([given], [], pool) }
        let result = pool.zeros(step.outputs[0].count)
        let rowCount = table.places * channels
        for row in 0..<rows {
            let from = given.base + row * table.inputPositions * channels
            for place in row * rowCount..<(row + 1) * rowCount where choices[place] >= 0 {
                result.base[place] = from[Int(choices[place])]
            }
        }
        return [result]
    }
}
