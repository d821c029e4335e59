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
        let output = pool.zeros(rows * table.places * channels)
        if isMaximum { choices = Array(repeating: -1, count: output.count) }
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

    private func choose(
        _ source: UnsafeMutablePointer<N>, _ taps: ArraySlice<Int32>, _ target: UnsafeMutablePointer<N>, _ first: Int
    ) {
        choices.withUnsafeMutableBufferPointer { choices in
            for place in taps where place >= 0 {
                let offset = Int(place) * channels
                for channel in 0..<channels {
                    let value = source[offset + channel]
                    if choices[first + channel] < 0 || target[channel] < value {
                        target[channel] = value
                        choices[first + channel] = Int32(offset + channel)
                    }
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
}
