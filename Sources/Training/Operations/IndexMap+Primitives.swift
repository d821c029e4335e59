internal import Networks

extension IndexMap {
    /// Elements of a box: along each axis from `start` in steps of `step`.
    init(box extents: [Int], of input: [Int], from start: [Int], step: [Int]) {
        let distances = strides(input)
        let first = zip(start, distances).reduce(0) { $0 + $1.0 * $1.1 }
        self.init(
            Self.map(extents, steps: zip(step, distances).map { $0 * $1 }, start: first),
            inputCount: input.reduce(1, *))
    }

    init(_ primitive: Slicing, input: ValueShape, output: ValueShape) {
        var start = input.extents.map { _ in 0 }
        var step = input.extents.map { _ in 1 }
        start[primitive.axis] = primitive.start
        step[primitive.axis] = primitive.step
        self.init(box: output.extents, of: input.extents, from: start, step: step)
    }

    init(_ primitive: Reversal, input: ValueShape) {
        var start = input.extents.map { _ in 0 }
        var step = input.extents.map { _ in 1 }
        start[primitive.axis] = max(input.extents[primitive.axis] - 1, 0)
        step[primitive.axis] = -1
        self.init(box: input.extents, of: input.extents, from: start, step: step)
    }

    init(_ primitive: Cropping, input: ValueShape, output: ValueShape) {
        let start = Self.starts(primitive.before, primitive.channels)
        self.init(box: output.extents, of: input.extents, from: start, step: start.map { _ in 1 })
    }

    init(_ primitive: Padding, input: ValueShape, output: ValueShape) {
        let start = Self.starts(primitive.before, primitive.channels)
        let distances = strides(input.extents)
        var sources: [Int32] = [0]
        for (axis, extent) in output.extents.enumerated() {
            var next: [Int32] = []
            for place in sources {
                for index in 0..<extent {
                    let position = index - start[axis]
                    let isInside = place >= 0 && (0..<input.extents[axis]).contains(position)
                    next.append(isInside ? place + Int32(position * distances[axis]) : -1)
                }
            }
            sources = next
        }
        self.init(sources, inputCount: input.rowCount)
    }

    init(_ primitive: Tiling, input: ValueShape) {
        self.init(
            Self.map([primitive.count, input.rowCount], steps: [0, 1], start: 0), inputCount: input.rowCount)
    }

    /// What lies before the first element along each axis, the channels included.
    private static func starts(_ before: [Int], _ channels: ChannelAxis) -> [Int] {
        channels == .last ? before + [0] : [0] + before
    }
}
