internal import Networks
internal import Tensors

/// Steps that give channel by channel what they are given.
extension ChannelFlow {
    /// Joins the channels of the only input with those of the output, which may repeat them.
    ///
    /// - Parameter function: what becomes of a channel that is always the same; nil where one cannot tell.
    /// - Returns: false where the channels do not fit.
    mutating func tie(_ step: Step, _ function: ((T, Int) -> T?)? = nil) -> Bool {
        let (inputs, outputs) = (map[step.inputs[0]], map[step.outputs[0]])
        guard step.inputs.count == 1, !inputs.isEmpty, !outputs.isEmpty, outputs.count % inputs.count == 0 else {
            return false
        }
        for place in 0..<outputs.count {
            let (input, output) = (inputs.lowerBound + place % inputs.count, outputs.lowerBound + place)
            map.join(input, output)
            if !constants[input].isNaN, let value = function?(T(constants[input]), place) {
                set(output, to: Double(value))
            }
        }
        return true
    }

    /// Steps that move elements about, or pick some of them.
    mutating func arrange(_ step: Step) -> Bool {
        let extents = program[step.inputs[0]].extents ?? []
        let last = extents.count - 1
        func same(_ value: T, _: Int) -> T? { value }
        func zero(_ value: T, _: Int) -> T? { value == 0 ? 0 : nil }
        switch step.primitive {
        case .reshape(let primitive) where primitive.target.last != nil: return tie(step, same)
        case .batching where last >= 0 && program[step.outputs[0]].extents?.isEmpty == false:
            if case .batching(let primitive) = step.primitive, primitive.direction == .fold, last == 0 { return false }
            return tie(step, same)
        case .pooling(let primitive)
        where primitive.channels == .last && primitive.window.dilation.allSatisfy { $0 == 1 }:
            return tie(step, same)
        case .reduction(let primitive) where !primitive.axes.contains(last):
            let isFilled = primitive.axes.allSatisfy { (extents[$0] ?? 0) > 0 }
            return switch primitive.kind {
            case .average, .maximum, .minimum: tie(step, isFilled ? same : nil)
            case .sum: tie(step, zero)
            default: tie(step)
            }
        case .padding(let primitive) where primitive.channels == .last:
            let filling = T(primitive.value)
            return tie(step) { value, _ in value == filling ? value : nil }
        case .cropping(let primitive) where primitive.channels == .last: return tie(step, same)
        case .slicing(let primitive) where primitive.axis != last: return tie(step, same)
        case .reversal(let primitive) where primitive.axis != last: return tie(step, same)
        case .resampling(let primitive) where primitive.channels == .last:
            return tie(step, primitive.interpolation == .nearest ? same : zero)
        default: return false
        }
    }

    /// Values laid end to end, along their channels or along another axis.
    mutating func concatenate(_ step: Step, _ primitive: Concatenation) -> Bool {
        let outputs = map[step.outputs[0]]
        let inputs = step.inputs.map { map[$0] }
        let isAlongChannels = primitive.axis == (program[step.outputs[0]].extents?.count ?? 0) - 1
        if isAlongChannels {
            guard !outputs.isEmpty, inputs.reduce(0, { $0 + $1.count }) == outputs.count else { return false }
            for (output, input) in zip(outputs, inputs.joined()) {
                map.join(input, output)
                constants[output] = constants[input]
            }
            return true
        }
        guard !outputs.isEmpty, inputs.allSatisfy({ $0.count == outputs.count }) else { return false }
        for place in 0..<outputs.count {
            for input in inputs { map.join(input.lowerBound + place, outputs.lowerBound + place) }
            let first = constants[inputs[0].lowerBound + place]
            if inputs.allSatisfy({ constants[$0.lowerBound + place] == first }) {
                constants[outputs.lowerBound + place] = first
            }
        }
        return true
    }

    /// Values combined element by element; one with a single channel is repeated.
    mutating func combine(_ step: Step, _ kind: Elementwise.Kind) -> Bool {
        let outputs = map[step.outputs[0]]
        guard !outputs.isEmpty else { return false }
        for input in step.inputs {
            let extents = program[input].extents ?? []
            guard map[input].count == outputs.count || extents.isEmpty || extents.last == 1 else { return false }
        }
        for input in step.inputs {
            if map[input].count == outputs.count {
                for (input, output) in zip(map[input], outputs) { map.join(input, output) }
            } else {
                pin(input)
            }
        }
        for (place, output) in outputs.enumerated() {
            let values = step.inputs.map { input -> T in
                let channels = map[input]
                return channels.isEmpty
                    ? .nan : T(constants[channels.lowerBound + (channels.count == outputs.count ? place : 0)])
            }
            if let value = Self.combined(values, kind) { set(output, to: Double(value)) }
        }
        return true
    }

    /// What comes of channels that are always the same, not-a-number standing for others; nil where one cannot tell.
    private static func combined(_ values: [T], _ kind: Elementwise.Kind) -> T? {
        if kind == .multiply, values.contains(0) { return 0 }
        guard !values.contains(where: \.isNaN) else { return nil }
        let rest = values.dropFirst()
        switch kind {
        case .add: return rest.reduce(values[0], +)
        case .subtract: return rest.reduce(values[0], -)
        case .multiply: return rest.reduce(values[0], *)
        case .average: return rest.reduce(values[0], +) / T(values.count)
        case .maximum: return rest.reduce(values[0], max)
        case .minimum: return rest.reduce(values[0], min)
        case .addScaled(let factor): return rest.reduce(values[0]) { $0 + T(factor) * $1 }
        default: return nil
        }
    }
}
