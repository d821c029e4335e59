import Tensors

@testable import Networks

/// Runs a network step by step in plain loops over doubles, written from what the primitives say of themselves and from
/// nothing in the engine.
struct Reference {
    private let network: Network
    private let parameters: [ParameterReference: [Double]]

    init(_ network: Network, _ parameters: [ParameterReference: [Double]]) {
        self.network = network
        self.parameters = parameters
    }

    func run(_ inputs: [Values]) throws -> [Values] {
        var values: [ValueID: Values] = [:]
        for (id, value) in zip(network.inputs, inputs) { values[id] = value }
        for step in network.program.steps {
            let weights = step.parameters.map { reference in
                let shape = network.parameter(reference)!.shape!.dimensions
                return Values(rows: 1, extents: shape, numbers: parameters[reference]!)
            }
            let results = try outputs(step.primitive, step.inputs.map { values[$0]! }, weights)
            for (id, value) in zip(step.outputs, results) { values[id] = value }
        }
        return network.outputs.map { values[$0]! }
    }

    private func outputs(_ primitive: Primitive, _ inputs: [Values], _ weights: [Values]) throws -> [Values] {
        let input = inputs[0]
        return switch primitive {
        case .contraction(let rule): [Self.contraction(rule, input, weights)]
        case .valueProduct(let rule):
            [Self.einsum(input, rule.left, inputs[1], rule.right, rule.output, scale: rule.scale ?? 1)]
        case .convolution(let rule): [try Self.convolution(rule, input, weights)]
        case .depthwiseConvolution(let rule): [try Self.depthwise(rule, input, weights)]
        case .transposedConvolution(let rule): [try Self.transposed(rule, input, weights)]
        case .pooling(let rule): [try Self.pooling(rule, input)]
        case .recurrence(let rule): Self.recurrence(rule, inputs, weights)
        case .convolutionalRecurrence(let rule): try Self.convolutionalRecurrence(rule, inputs, weights)
        case .reduction(let rule): [Self.reduction(rule, input, mask: inputs.count > 1 ? inputs[1] : nil)]
        case .affine(let rule): [Self.affine(rule, input, weights)]
        case .standardisation(let rule): [Self.standardisation(rule, input, weights)]
        case .elementwise(let rule): [Self.elementwise(rule, inputs)]
        case .activation(let rule): [Self.activation(rule, inputs, weights)]
        case .gather(let rule):
            [
                .make(input.rows, input.extents + [rule.dimension]) { row, place in
                    weights[0][0, [Int(input[row, Array(place.dropLast())]), place.last!]]
                }
            ]
        default: [try Self.arrangement(primitive, inputs)]
        }
    }

    /// A sum over all labels that the output lacks; extents of rows are one more label.
    static func einsum(
        _ left: Values, _ leftLabels: [Int], _ right: Values, _ rightLabels: [Int], _ output: [Int], scale: Double = 1,
        isParameter: Bool = false
    ) -> Values {
        var extents: [Int: Int] = [:]
        for (label, extent) in zip(leftLabels + rightLabels, left.extents + right.extents) { extents[label] = extent }
        let summed = Set(leftLabels + rightLabels).subtracting(output).sorted()
        // Where the labels of each side lie among those of the output and then the summed ones.
        let labels = output + summed
        let leftPlaces = leftLabels.map { labels.firstIndex(of: $0)! }
        let rightPlaces = rightLabels.map { labels.firstIndex(of: $0)! }
        return .make(left.rows, output.map { extents[$0]! }) { row, place in
            var sum = 0.0
            eachPlace(summed.map { extents[$0]! }) { inner in
                let indices = place + inner
                sum +=
                    left[row, leftPlaces.map { indices[$0] }]
                    * right[isParameter ? 0 : row, rightPlaces.map { indices[$0] }]
            }
            return sum * scale
        }
    }

    private static func contraction(_ rule: Contraction, _ input: Values, _ weights: [Values]) -> Values {
        var result = einsum(input, rule.input, weights[0], rule.kernel, rule.output, isParameter: true)
        if rule.hasBias {
            result = .make(result.rows, result.extents) { result[$0, $1] + weights[1].broadcast(0, $1) }
        }
        return result
    }

    private static func arrangement(_ primitive: Primitive, _ inputs: [Values]) throws -> Values {
        let input = inputs[0]
        func spatial(_ channels: ChannelAxis, _ axis: Int) -> Int { channels == .last ? axis : axis + 1 }
        func moved(_ place: [Int], _ channels: ChannelAxis, by distances: [Int]) -> [Int] {
            var result = place
            for (axis, distance) in distances.enumerated() { result[spatial(channels, axis)] += distance }
            return result
        }
        switch primitive {
        case .reshape(let rule):
            let known = rule.target.filter { $0 >= 0 }.reduce(1, *)
            return Values(
                rows: input.rows, extents: rule.target.map { $0 < 0 ? input.rowCount / known : $0 },
                numbers: input.numbers)
        case .transpose(let rule):
            return .make(input.rows, rule.order.map { input.extents[$0] }) { row, place in
                var source = place
                for (axis, from) in rule.order.enumerated() { source[from] = place[axis] }
                return input[row, source]
            }
        case .concatenation(let rule):
            var extents = input.extents
            extents[rule.axis] = inputs.reduce(0) { $0 + $1.extents[rule.axis] }
            return .make(input.rows, extents) { row, place in
                var place = place
                var part = 0
                while place[rule.axis] >= inputs[part].extents[rule.axis] {
                    place[rule.axis] -= inputs[part].extents[rule.axis]
                    part += 1
                }
                return inputs[part][row, place]
            }
        case .padding(let rule):
            var extents = input.extents
            for axis in rule.before.indices {
                extents[spatial(rule.channels, axis)] += rule.before[axis] + rule.after[axis]
            }
            return .make(input.rows, extents) { row, place in
                let source = moved(place, rule.channels, by: rule.before.map { -$0 })
                return zip(source, input.extents).allSatisfy { $0 >= 0 && $0 < $1 } ? input[row, source] : rule.value
            }
        case .cropping(let rule):
            var extents = input.extents
            for axis in rule.before.indices {
                extents[spatial(rule.channels, axis)] -= rule.before[axis] + rule.after[axis]
            }
            return .make(input.rows, extents) { input[$0, moved($1, rule.channels, by: rule.before)] }
        case .slicing(let rule):
            var extents = input.extents
            extents[rule.axis] = rule.count
            return .make(input.rows, extents) { row, place in
                var source = place
                source[rule.axis] = rule.start + place[rule.axis] * rule.step
                return input[row, source]
            }
        case .reversal(let rule):
            return .make(input.rows, input.extents) { row, place in
                var source = place
                source[rule.axis] = input.extents[rule.axis] - 1 - place[rule.axis]
                return input[row, source]
            }
        case .tiling(let rule):
            return .make(input.rows, [rule.count] + input.extents) { input[$0, Array($1.dropFirst())] }
        case .constant(let rule):
            let cell = Values(
                rows: 1, extents: rule.extents,
                numbers: rule.values.count == 1
                    ? Array(repeating: rule.values[0], count: rule.extents.reduce(1, *)) : rule.values)
            return .make(input.rows, rule.extents) { cell[0, $1] }
        case .positions(let rule):
            return .make(input.rows, [input.extents[rule.axis]]) { Double($1[0]) }
        case .batching(let rule):
            if case .unfold(let steps) = rule.direction {
                let steps = steps!
                return Values(rows: input.rows / steps, extents: [steps] + input.extents, numbers: input.numbers)
            }
            return Values(
                rows: input.rows * input.extents[0], extents: Array(input.extents.dropFirst()), numbers: input.numbers)
        case .resampling(let rule): return try resampling(rule, input)
        default: preconditionFailure("no such arrangement")
        }
    }

    /// Along each axis the sum that `taps` says; those have tests of their own.
    private static func resampling(_ rule: Resampling, _ input: Values) throws -> Values {
        var result = input
        for number in rule.targets.indices {
            let axis = rule.channels == .last ? number : number + 1
            let source = result
            let taps = try rule.taps(
                from: source.extents[axis], to: try rule.output(source.extents[axis], axis: number))
            var extents = source.extents
            extents[axis] = taps.count
            result = .make(source.rows, extents) { row, place in
                var from = place
                return taps[place[axis]].weights.enumerated().reduce(0) { sum, entry in
                    from[axis] = taps[place[axis]].start + entry.offset
                    return sum + Double(entry.element) * source[row, from]
                }
            }
        }
        return result
    }
}
