internal import Networks
internal import Pruning
internal import Tensors

/// Where the inputs of a layer's weights lie in the value that the layer is given: for each matrix of weights, the samples
/// are the rows of a table of positions × inputs over each example of the value.
struct InputLayout {
    let weights: WeightMatrices
    /// For each matrix, what is added to the places.
    let starts: [Int]
    /// By position and tap: where its channels begin in an example; −1 in the padding, where inputs are zero.
    let places: [Int]
    let taps: Int
    /// Where the channels of a place lie, from its beginning.
    let channels: [Int]

    var positions: Int { taps == 0 ? 0 : places.count / taps }
    var inputs: Int { taps * channels.count }

    /// - Parameters:
    ///   - position: which of the step's parameters is meant.
    ///   - extents: of one example of the value that the weights multiply.
    /// - Returns: nil where the weights are no matrix of such inputs.
    init?(_ primitive: Primitive, parameter position: Int, shape: [Int], extents: [Int]) throws {
        switch primitive {
        case .contraction(let rule) where position == 0:
            self.init(contraction: rule, shape: shape, extents: extents)
        case .convolution(let rule) where position == 0:
            try self.init(convolution: rule, shape: shape, extents: extents)
        case .depthwiseConvolution(let rule) where position == 0:
            try self.init(depthwise: rule, shape: shape, extents: extents)
        case .transposedConvolution(let rule) where position == 0:
            try self.init(transposed: rule, shape: shape, extents: extents)
        case .recurrence where position < 2:
            // Of hidden states, the last one is nobody's input.
            let steps = position == 0 ? extents[0] : max(extents[0] - 1, 0)
            self.init(
                weights: WeightMatrices(outputs: Array(0..<shape[1]), inputs: Self.spread([shape[0]], [shape[1]])),
                starts: [0], places: (0..<steps).map { $0 * extents[1] }, taps: 1, channels: Array(0..<extents[1]))
        default: return nil
        }
        guard weights.elementCount == shape.reduce(1, *), weights.inputs.count == inputs else { return nil }
    }

    private init(weights: WeightMatrices, starts: [Int], places: [Int], taps: Int, channels: [Int]) {
        self.weights = weights
        self.starts = starts
        self.places = places
        self.taps = taps
        self.channels = channels
    }

    /// Offsets of all positions of an array with these extents, row-major, whose neighbours along each axis lie `steps`
    /// apart.
    static func spread(_ extents: [Int], _ steps: [Int]) -> [Int] {
        zip(extents, steps).reduce([0]) { places, axis in
            places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
        }
    }

    /// Distances between neighbours along each axis, row-major.
    static func strides(_ extents: [Int]) -> [Int] {
        var result = [Int](repeating: 1, count: extents.count)
        for axis in extents.indices.dropLast().reversed() { result[axis] = result[axis + 1] * extents[axis + 1] }
        return result
    }
}

extension InputLayout {
    /// A label of value and kernel alone is summed over: an input. One of kernel and output: an output. One of all three
    /// counts matrices, one of value and output counts positions.
    private init?(contraction rule: Contraction, shape: [Int], extents: [Int]) {
        let (kernelSteps, valueSteps) = (Self.strides(shape), Self.strides(extents))
        let value = Dictionary(zip(rule.input, zip(extents, valueSteps))) { first, _ in first }
        let kernel = Dictionary(zip(rule.kernel, zip(shape, kernelSteps))) { first, _ in first }
        let summed = rule.kernel.filter { value[$0] != nil && !rule.output.contains($0) }
        let outputs = rule.kernel.filter { value[$0] == nil }
        let shared = rule.kernel.filter { value[$0] != nil && rule.output.contains($0) }
        let positions = rule.input.filter { kernel[$0] == nil }
        // What is summed over in one operand alone is no product of a matrix with a vector.
        guard outputs.allSatisfy(rule.output.contains), positions.allSatisfy(rule.output.contains) else { return nil }
        func places(_ labels: [Int], _ axes: [Int: (Int, Int)]) -> [Int] {
            Self.spread(labels.map { axes[$0]!.0 }, labels.map { axes[$0]!.1 })
        }
        self.init(
            weights: WeightMatrices(
                matrices: places(shared, kernel), outputs: places(outputs, kernel), inputs: places(summed, kernel)),
            starts: places(shared, value), places: places(positions, value), taps: 1, channels: places(summed, value))
    }

    private init(convolution rule: Convolution, shape: [Int], extents: [Int]) throws {
        let geometry = WindowPlaces(rule.channels, rank: rule.window.size.count, extents: extents)
        let depth = shape[shape.count - 2]
        let perGroup = rule.filters / rule.groups
        self.init(
            weights: WeightMatrices(
                matrices: (0..<rule.groups).map { $0 * perGroup }, outputs: Array(0..<perGroup),
                inputs: Self.spread([rule.filters > 0 ? shape.dropLast().reduce(1, *) : 0], [rule.filters])),
            starts: (0..<rule.groups).map { $0 * depth * geometry.channelStep },
            places: try geometry.places(under: rule.window), taps: rule.window.size.reduce(1, *),
            channels: (0..<depth).map { $0 * geometry.channelStep })
    }

    private init(depthwise rule: DepthwiseConvolution, shape: [Int], extents: [Int]) throws {
        let geometry = WindowPlaces(rule.channels, rank: rule.window.size.count, extents: extents)
        let depth = shape[shape.count - 2]
        let taps = rule.window.size.reduce(1, *)
        self.init(
            weights: WeightMatrices(
                matrices: (0..<depth).map { $0 * rule.multiplier }, outputs: Array(0..<rule.multiplier),
                inputs: Self.spread([taps], [depth * rule.multiplier])),
            starts: (0..<depth).map { $0 * geometry.channelStep }, places: try geometry.places(under: rule.window),
            taps: taps, channels: [0])
    }

    private init(transposed rule: TransposedConvolution, shape: [Int], extents: [Int]) throws {
        let geometry = WindowPlaces(rule.channels, rank: rule.window.size.count, extents: extents)
        let depth = shape[shape.count - 1]
        let taps = rule.window.size.reduce(1, *)
        self.init(
            weights: WeightMatrices(
                outputs: Self.spread([rule.filters], [depth]),
                inputs: Self.spread([taps, depth], [rule.filters * depth, 1])),
            starts: [0], places: try geometry.places(under: rule), taps: taps,
            channels: (0..<depth).map { $0 * geometry.channelStep })
    }
}
