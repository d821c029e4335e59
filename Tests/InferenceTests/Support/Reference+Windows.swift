import Tensors

@testable import Networks

/// What slides a window.
extension Reference {
    /// A value with its channels last.
    static func channelsLast(_ input: Values, _ channels: ChannelAxis) -> Values {
        guard channels == .first else { return input }
        return .make(input.rows, Array(input.extents.dropFirst()) + [input.extents[0]]) { row, place in
            input[row, [place.last!] + place.dropLast()]
        }
    }

    static func channelsAs(_ channels: ChannelAxis, _ value: Values) -> Values {
        guard channels == .first else { return value }
        return .make(value.rows, [value.extents.last!] + value.extents.dropLast()) { row, place in
            value[row, Array(place.dropFirst()) + [place[0]]]
        }
    }

    private static func extent(_ window: Window, _ axis: Int, _ input: Int) -> Int {
        let span = (window.size[axis] - 1) * window.dilation[axis] + 1
        let step = window.strides[axis]
        return window.padding == .valid ? (input - span) / step + 1 : (input + step - 1) / step
    }

    private static func before(_ window: Window, _ axis: Int, _ input: Int) -> Int {
        let span = (window.size[axis] - 1) * window.dilation[axis] + 1
        switch window.padding {
        case .valid: return 0
        case .causal: return span - 1
        case .same:
            let covered = (extent(window, axis, input) - 1) * window.strides[axis] + span
            return max(covered - input, 0) / 2
        }
    }

    /// Calls `body` with every tap that lies within the input: its index and place.
    private static func eachTap(
        _ window: Window, _ spatial: [Int], at output: [Int], _ body: (_ tap: [Int], _ place: [Int]) -> Void
    ) {
        let starts = spatial.indices.map { output[$0] * window.strides[$0] - before(window, $0, spatial[$0]) }
        eachPlace(window.size) { tap in
            let place = starts.indices.map { starts[$0] + tap[$0] * window.dilation[$0] }
            if zip(place, spatial).allSatisfy({ $0 >= 0 && $0 < $1 }) { body(tap, place) }
        }
    }

    private static func outputs(_ window: Window, _ spatial: [Int]) -> [Int] {
        spatial.indices.map { extent(window, $0, spatial[$0]) }
    }

    /// `kernel` (window…, channels / groups, filters), for one row of windows.
    static func convolve(
        _ input: Values, _ window: Window, filters: Int, groups: Int, kernel: Values, bias: Values?
    ) -> Values {
        let spatial = Array(input.extents.dropLast())
        let depth = input.extents.last! / groups
        return .make(input.rows, outputs(window, spatial) + [filters]) { row, place in
            let filter = place.last!
            let first = filter / (filters / groups) * depth
            var sum = bias?[0, [filter]] ?? 0
            eachTap(window, spatial, at: place) { tap, source in
                let (x, w) = (input.offset(row, source + [first]), kernel.offset(0, tap + [0, filter]))
                for channel in 0..<depth {
                    sum += input.numbers[x + channel] * kernel.numbers[w + channel * filters]
                }
            }
            return sum
        }
    }

    static func convolution(_ rule: Convolution, _ input: Values, _ weights: [Values]) throws -> Values {
        channelsAs(
            rule.channels,
            convolve(
                channelsLast(input, rule.channels), rule.window, filters: rule.filters, groups: rule.groups,
                kernel: weights[0], bias: rule.hasBias ? weights[1] : nil))
    }

    static func depthwise(_ rule: DepthwiseConvolution, _ input: Values, _ weights: [Values]) throws -> Values {
        let input = channelsLast(input, rule.channels)
        let spatial = Array(input.extents.dropLast())
        let filters = input.extents.last! * rule.multiplier
        let result = Values.make(input.rows, outputs(rule.window, spatial) + [filters]) { row, place in
            let (channel, copy) = place.last!.quotientAndRemainder(dividingBy: rule.multiplier)
            var sum = rule.hasBias ? weights[1][0, [place.last!]] : 0
            eachTap(rule.window, spatial, at: place) { tap, source in
                sum += input[row, source + [channel]] * weights[0][0, tap + [channel, copy]]
            }
            return sum
        }
        return channelsAs(rule.channels, result)
    }

    static func transposed(_ rule: TransposedConvolution, _ input: Values, _ weights: [Values]) throws -> Values {
        let input = channelsLast(input, rule.channels)
        let spatial = Array(input.extents.dropLast())
        var extents: [Int] = []
        var crops: [Int] = []
        for axis in spatial.indices {
            let (step, count) = (rule.window.strides[axis], spatial[axis])
            let span = (rule.window.size[axis] - 1) * rule.window.dilation[axis] + 1
            let isSame = rule.window.padding == .same
            let extent: Int
            if let padding = rule.outputPadding {
                extent = (count - 1) * step + span + padding[axis] - (isSame ? span / 2 * 2 : 0)
            } else {
                extent = count * step + (isSame ? 0 : max(span - step, 0))
            }
            extents.append(extent)
            crops.append(isSame ? max((count - 1) * step + span - extent, 0) / 2 : 0)
        }
        var result = Values.make(input.rows, extents + [rule.filters]) { _, place in
            rule.hasBias ? weights[1][0, [place.last!]] : 0
        }
        for row in 0..<input.rows {
            eachPlace(spatial) { source in
                eachPlace(rule.window.size) { tap in
                    let place = spatial.indices.map {
                        source[$0] * rule.window.strides[$0] + tap[$0] * rule.window.dilation[$0] - crops[$0]
                    }
                    guard zip(place, extents).allSatisfy({ $0 >= 0 && $0 < $1 }) else { return }
                    let (x, depth) = (input.offset(row, source + [0]), input.extents.last!)
                    for filter in 0..<rule.filters {
                        let (y, w) = (result.offset(row, place + [filter]), weights[0].offset(0, tap + [filter, 0]))
                        for channel in 0..<depth {
                            result.numbers[y] += input.numbers[x + channel] * weights[0].numbers[w + channel]
                        }
                    }
                }
            }
        }
        return channelsAs(rule.channels, result)
    }

    static func pooling(_ rule: Pooling, _ input: Values) throws -> Values {
        let input = channelsLast(input, rule.channels)
        let spatial = Array(input.extents.dropLast())
        let result = Values.make(input.rows, outputs(rule.window, spatial) + [input.extents.last!]) { row, place in
            var seen: [Double] = []
            eachTap(rule.window, spatial, at: place) { seen.append(input[row, $1 + [place.last!]]) }
            return rule.kind == .maximum ? seen.max()! : seen.reduce(0, +) / Double(seen.count)
        }
        return channelsAs(rule.channels, result)
    }
}
