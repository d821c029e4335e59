internal import Foundation
internal import Networks
internal import Tensors

/// Resizing of images.
extension GraphOperators {
    static let resizing: [String: GraphOperator] = [
        "Resize": { try $0.resize(sizes: 3, scales: 2) },
        "Upsample": { try $0.resize(sizes: nil, scales: 1) },
    ]
}

/// How the elements of a resized axis come from those of the old one.
struct ResizeRule {
    var mode: String
    var coordinates: String
    var nearest: String
    var cubic: Double
    var excludesOutside: Bool

    /// What each output is made of. All in double precision.
    ///
    /// - Parameter scale: outputs for each input, which is not always the quotient of the extents.
    func taps(from input: Int, to output: Int, scale: Double) throws(SparsifyError) -> [Resampling.Tap] {
        var result: [Resampling.Tap] = []
        for index in 0..<output {
            let place = try place(Double(index), input, output, scale)
            result.append(try tap(place, input))
        }
        return result
    }

    private func place(_ index: Double, _ input: Int, _ output: Int, _ scale: Double) throws(SparsifyError) -> Double {
        switch coordinates {
        case "half_pixel": return (index + 0.5) / scale - 0.5
        case "half_pixel_symmetric":
            let adjustment = Double(output) / (scale * Double(input))
            let offset = Double(input) / 2 * (1 - adjustment)
            return offset + (index + 0.5) / scale - 0.5
        case "pytorch_half_pixel": return output > 1 ? (index + 0.5) / scale - 0.5 : 0
        case "align_corners": return output > 1 ? index * Double(input - 1) / Double(output - 1) : 0
        case "asymmetric": return index / scale
        default:
            throw SparsifyError(.unsupported, "its coordinates are '\(coordinates)'")
        }
    }

    private func tap(_ place: Double, _ input: Int) throws(SparsifyError) -> Resampling.Tap {
        let floor = place.rounded(.down)
        let share = place - floor
        switch mode {
        case "nearest":
            let index: Double
            switch nearest {
            case "round_prefer_floor": index = (place - 0.5).rounded(.up)
            case "round_prefer_ceil": index = (place + 0.5).rounded(.down)
            case "floor": index = floor
            case "ceil": index = place.rounded(.up)
            default: throw SparsifyError(.unsupported, "its way to round is '\(nearest)'")
            }
            return Resampling.Tap(start: min(max(Int(index), 0), input - 1), weights: [1])
        case "linear": return spread(Int(floor), [1 - share, share], input)
        case "cubic":
            func near(_ x: Double) -> Double { ((cubic + 2) * x - (cubic + 3)) * x * x + 1 }
            func far(_ x: Double) -> Double { ((cubic * x - 5 * cubic) * x + 8 * cubic) * x - 4 * cubic }
            return spread(Int(floor) - 1, [far(1 + share), near(share), near(1 - share), far(2 - share)], input)
        default: throw SparsifyError(.unsupported, "its mode is '\(mode)'")
        }
    }

    /// Weights of neighbouring inputs, where those beyond the ends are the last ones, or do not count.
    private func spread(_ first: Int, _ weights: [Double], _ input: Int) -> Resampling.Tap {
        let places = weights.indices.map { min(max(first + $0, 0), input - 1) }
        let start = places[0]
        var sums = [Double](repeating: 0, count: places[places.count - 1] - start + 1)
        for (index, weight) in weights.enumerated() {
            if excludesOutside, !(0..<input).contains(first + index) { continue }
            sums[places[index] - start] += weight
        }
        let total = excludesOutside ? sums.reduce(0, +) : 1
        return Resampling.Tap(start: start, weights: sums.map { Float($0 / total) })
    }
}

extension GraphLowering {
    /// - Parameters:
    ///   - sizes: the input that tells the new extents, where there is such.
    ///   - scales: the input that tells factors.
    fileprivate mutating func resize(sizes: Int?, scales: Int) throws -> [GraphValue] {
        let isUpsample = sizes == nil
        var value = try computed(0)
        let extents = extents(value)
        let rank = extents.count + 1
        let mode = node.text("mode", default: "nearest")
        let rule = ResizeRule(
            mode: mode == "bilinear" ? "linear" : mode,
            coordinates: node.text(
                "coordinate_transformation_mode", default: isUpsample ? "asymmetric" : "half_pixel"),
            nearest: node.text("nearest_mode", default: isUpsample ? "floor" : "round_prefer_floor"),
            cubic: node.number("cubic_coeff_a", default: -0.75), excludesOutside: node.flag("exclude_outside"))
        guard !node.flag("antialias") else { throw unsupported("it filters against aliasing") }
        guard node.text("keep_aspect_ratio_policy", default: "stretch") == "stretch" else {
            throw unsupported("it keeps the ratio of width and height")
        }
        let axes = try (node.integers("axes") ?? Array(0..<rank)).map { try axis($0, rank: rank) }
        let factors: [Double]?
        if isUpsample, let list = node.attribute("scales") {
            factors = list.floats.map { Double($0) }
        } else {
            factors = has(scales) ? try constant(scales).reals.flatMap { $0.isEmpty ? nil : $0 } : nil
        }
        let targets = try sizes.flatMap { has($0) ? try constant($0).numbers : nil }
        guard let count = factors?.count ?? targets?.count, count == axes.count else {
            throw malformed("It has no sizes and no scales for \(axes.count) axes.")
        }
        for (index, axis) in axes.enumerated() {
            guard let position = value.position(axis) else {
                if factors?[index] == 1 || targets.map({ Self.keeps($0[index], batchExtent) }) == true { continue }
                throw mixesExamples
            }
            guard let input = extents[position], input > 0, input <= 1 << 20 else {
                if factors?[index] == 1 { continue }
                throw unsupported("it resizes an axis that the model leaves open")
            }
            let scale: Double
            let output: Int
            if let factor = factors?[index] {
                guard factor > 0, factor * Double(input) <= Double(1 << 20) else {
                    throw malformed("It resizes an axis of \(input) by \(factor).")
                }
                (scale, output) = (factor, Int((Double(input) * factor).rounded(.down)))
            } else {
                guard let target = targets?[index].integer, (1...1 << 20).contains(target) else {
                    throw unsupported("its sizes are not known")
                }
                (scale, output) = (Double(target) / Double(input), target)
            }
            if output == input, scale == 1 { continue }
            let taps = try rule.taps(from: input, to: output, scale: scale)
            value.id = try resampled(value.id, axis: position, taps)
        }
        return [GraphValue(.computed(value))]
    }

    private static func keeps(_ target: Number, _ batch: Int?) -> Bool {
        target == .batch(1) || (batch != nil && target.integer == batch)
    }

    /// One axis resized, for each element of the axes before it; those behind it stand for channels.
    private mutating func resampled(_ value: ValueID, axis: Int, _ taps: [Resampling.Tap]) throws -> ValueID {
        let extents = program[value].extents ?? []
        let known = extents.compactMap(\.self)
        guard known.count == extents.count else { throw unsupported("the model leaves open the size of an image") }
        let outer = known[..<axis].reduce(1, *)
        let inner = known[(axis + 1)...].reduce(1, *)
        var result = try reshape(value, [outer, known[axis], inner])
        result = try push(.batching(Batching(.fold)), [result])
        let isCopy = taps.allSatisfy { $0.weights.count == 1 }
        result = try push(
            .resampling(
                Resampling([.taps(taps)], interpolation: isCopy ? .nearest : .bilinear, channels: .last)), [result])
        result = try push(.batching(Batching(.unfold(outer))), [result])
        var target = known
        target[axis] = taps.count
        return try reshape(result, target)
    }
}
