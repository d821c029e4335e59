internal import LinearAlgebra
internal import Networks

/// A convolution as matrix products over what the window sees (im2col); channels last.
final class ConvolutionOperation<N: Number>: Operation {
    private let table: WindowTable
    private let isPointwise: Bool
    private let rows: Int
    private let channels: Int
    private let filters: Int
    private let groups: Int
    private let hasBias: Bool
    /// Places of the window, of one example or several, whose view is laid out at once: what fits a cache.
    private let tile: Int

    private static var tileElements: Int { 1 << 17 }

    init(_ primitive: Convolution, input: ValueShape, output: ValueShape) throws {
        let (source, target) = (input.split(.last), output.split(.last))
        table = try WindowTable(primitive.window, input: source.spatial, output: target.spatial)
        isPointwise = table.isPointwise
        rows = input.rows
        channels = source.channels
        filters = primitive.filters
        groups = primitive.groups
        hasBias = primitive.hasBias
        tile = max(1, min(input.rows * table.places, Self.tileElements / max(table.taps * source.channels, 1)))
    }

    private var depth: Int { table.taps * channels / groups }

    /// Calls `body` with runs of places, which are counted through all rows.
    private func tiles(_ body: (_ places: Range<Int>) -> Void) {
        let count = rows * table.places
        let step = max(isPointwise ? count : tile, 1)
        for start in stride(from: 0, to: count, by: step) { body(start..<min(start + step, count)) }
    }

    /// Calls `body` with the parts of a run of places that lie in one row, and where each begins in the run.
    private func parts(_ places: Range<Int>, _ body: (_ row: Int, _ places: Range<Int>, _ offset: Int) -> Void) {
        var start = places.lowerBound
        while start < places.upperBound {
            let row = start / table.places
            let end = min((row + 1) * table.places, places.upperBound)
            body(row, start - row * table.places..<end - row * table.places, start - places.lowerBound)
            start = end
        }
    }

    /// What the window sees at some places, one matrix for each group: (places, taps · channels of the group).
    private func view(_ input: Block<N>, _ places: Range<Int>, _ room: Block<N>?) -> UnsafeMutablePointer<N> {
        guard let room else { return input.base + places.lowerBound * channels }
        parts(places) { row, places, offset in
            table.gather(
                input.base + row * table.inputPositions * channels, room.base + offset * table.taps * channels,
                channels: channels, places: places)
        }
        return room.base
    }

    private func room(_ pool: BlockPool<N>) -> Block<N>? {
        isPointwise ? nil : pool.block(tile * table.taps * channels)
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = product(inputs[0], parameters[0], pool)
        if hasBias { addBias(parameters[1], to: output) }
        return [output]
    }

    private func addBias(_ bias: Block<N>, to output: Block<N>) {
        Broadcast([filters], over: [table.places, filters]).add(bias.base, to: output.base, rows: rows)
    }

    private func product(_ input: Block<N>, _ kernel: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let output = pool.block(rows * table.places * filters)
        let view = room(pool)
        tiles { places in
            let seen = self.view(input, places, view)
            for group in 0..<groups {
                let columns = columns(seen, group, places.count, pool)
                N.multiply(
                    MatrixProduct(
                        rows: places.count, columns: filters / groups, depth: depth, aStride: columns.stride,
                        bStride: filters, cStride: filters),
                    columns.base, kernel.base + group * filters / groups,
                    output.base + places.lowerBound * filters + group * filters / groups)
                withExtendedLifetime(columns.block) {}
            }
        }
        return output
    }

    /// The columns of a view that belong to a group: those of its channels under each tap.
    private func columns(_ seen: UnsafeMutablePointer<N>, _ group: Int, _ count: Int, _ pool: BlockPool<N>)
        -> (base: UnsafeMutablePointer<N>, stride: Int, block: Block<N>?)
    {
        let width = table.taps * channels
        guard groups > 1 else { return (seen, width, nil) }
        let part = channels / groups
        if table.taps == 1 { return (seen + group * part, width, nil) }
        let block = pool.block(count * depth)
        for place in 0..<count {
            for tap in 0..<table.taps {
                let from = seen + place * width + tap * channels + group * part
                (block.base + place * depth + tap * part).update(from: from, count: part)
            }
        }
        return (block.base, depth, block)
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let gradient = step.gradient
        if hasBias, let target = step.parameterGradients[1] {
            Broadcast([filters], over: [table.places, filters]).sum(gradient.base, rows: rows, into: target.base)
        }
        let kernel = step.parameters[0].base
        let kernelGradient = step.parameterGradients[0]
        let input = step.needsInput[0] ? pool.zeros(step.inputs[0].count) : nil
        let view = kernelGradient == nil ? nil : room(pool)
        let back = isPointwise || input == nil ? nil : pool.block(tile * table.taps * channels)
        tiles { places in
            let seen = kernelGradient.map { _ in self.view(step.inputs[0], places, view) }
            for group in 0..<groups {
                let given = gradient.base + places.lowerBound * filters + group * filters / groups
                if let seen, let kernelGradient {
                    let columns = columns(seen, group, places.count, pool)
                    N.multiply(
                        MatrixProduct(
                            rows: depth, columns: filters / groups, depth: places.count, aStride: columns.stride,
                            aIsTransposed: true, bStride: filters, cStride: filters, adds: true),
                        columns.base, given, kernelGradient.base + group * filters / groups)
                    withExtendedLifetime(columns.block) {}
                }
                if let input {
                    addInput(given, kernel + group * filters / groups, group, places, input, back, pool)
                }
            }
            if let input, let back {
                parts(places) { row, places, offset in
                    table.scatter(
                        back.base + offset * table.taps * channels,
                        input.base + row * table.inputPositions * channels, channels: channels, places: places)
                }
            }
        }
        return [input]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        [
            along(
                input: (step.inputs[0], step.inputTangents[0]), kernel: (step.parameters[0], step.parameterTangents[0]),
                bias: hasBias ? step.parameterTangents[1] : nil, pool)
        ]
    }

    /// The derivative of the output along a direction.
    func along(
        input: (value: Block<N>, tangent: Block<N>?), kernel: (value: Block<N>, tangent: Block<N>?), bias: Block<N>?,
        _ pool: BlockPool<N>
    ) -> Block<N> {
        let output = TangentStep.product(input, kernel, count: rows * table.places * filters, pool) {
            product($0, $1, pool)
        }
        if let bias { addBias(bias, to: output) }
        return output
    }

    /// The gradient by what the window sees, for one group: into `back`, or the input itself where the window is a point.
    private func addInput(
        _ given: UnsafeMutablePointer<N>, _ kernel: UnsafeMutablePointer<N>, _ group: Int, _ places: Range<Int>,
        _ input: Block<N>, _ back: Block<N>?, _ pool: BlockPool<N>
    ) {
        let part = channels / groups
        let width = table.taps * channels
        let isScattered = groups > 1 && table.taps > 1
        let room = isScattered ? pool.block(places.count * depth) : nil
        let target = room?.base ?? (back?.base ?? input.base + places.lowerBound * channels) + group * part
        N.multiply(
            MatrixProduct(
                rows: places.count, columns: depth, depth: filters / groups, aStride: filters, bStride: filters,
                bIsTransposed: true, cStride: isScattered ? depth : width),
            given, kernel, target)
        guard let room, let back else { return }
        for place in 0..<places.count {
            for tap in 0..<table.taps {
                let to = back.base + place * width + tap * channels + group * part
                to.update(from: room.base + place * depth + tap * part, count: part)
            }
        }
    }
}
