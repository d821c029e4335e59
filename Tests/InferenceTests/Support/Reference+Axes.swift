import Foundation

@testable import Networks

/// What works along axes or element by element.
extension Reference {
    /// The elements of `value` over `axes` around each place of the rest, and the mask's with them.
    private static func along(_ value: Values, _ axes: [Int], _ row: Int, _ place: [Int]) -> [[Int]] {
        var result: [[Int]] = []
        eachPlace(axes.map { value.extents[$0] }) { inner in
            var full = place
            for (axis, index) in zip(axes, inner) { full[axis] = index }
            result.append(full)
        }
        return result
    }

    static func reduction(_ rule: Reduction, _ input: Values, mask: Values?) -> Values {
        let axes = rule.axes.sorted()
        var extents = input.extents
        for axis in axes { extents[axis] = 1 }
        var result = Values.make(input.rows, extents) { row, place in
            let places = along(input, axes, row, place)
            let counts = places.map { place in mask.map { $0.broadcast(row, place) != 0 } ?? true }
            let numbers = zip(places, counts).map { $1 ? input[row, $0] : 0 }
            switch rule.kind {
            case .maximum: return numbers.max()!
            case .minimum: return numbers.min()!
            case .sum: return numbers.reduce(0, +)
            case .product: return numbers.reduce(1, *)
            case .average: return numbers.reduce(0, +) / Double(counts.filter { $0 }.count)
            case .maximumIndex: return Double(numbers.firstIndex(of: numbers.max()!)!)
            case .minimumIndex: return Double(numbers.firstIndex(of: numbers.min()!)!)
            }
        }
        if !rule.keepsAxes {
            result.extents = input.extents.indices.filter { !axes.contains($0) }.map { input.extents[$0] }
        }
        return result
    }

    static func affine(_ rule: Affine, _ input: Values, _ weights: [Values]) -> Values {
        let weights = weights.map(\.numbers)
        return .make(input.rows, input.extents) { row, place in
            let cell = rule.axes.reduce(0) { $0 * input.extents[$1] + place[$1] }
            func value(_ numbers: [Double]) -> Double { numbers[numbers.count == 1 ? 0 : cell] }
            let x = input[row, place]
            switch rule.source {
            case .constants(let scale, let shift):
                return x * (scale.isEmpty ? 1 : value(scale)) + (shift.isEmpty ? 0 : value(shift))
            case .scale: return x * value(weights[0])
            case .shift: return x + value(weights[0])
            case .meanAndVariance(let epsilon, let inverts):
                let deviation = max(value(weights[1]).squareRoot(), epsilon)
                return inverts ? value(weights[0]) + x * deviation : (x - value(weights[0])) / deviation
            case .batchStatistics(let hasGamma, let hasBeta, let epsilon):
                let list = weights
                let gamma = hasGamma ? value(list[0]) : 1
                let beta = hasBeta ? value(list[hasGamma ? 1 : 0]) : 0
                let (mean, variance) = (value(list[list.count - 2]), value(list[list.count - 1]))
                return (x - mean) / (variance + epsilon).squareRoot() * gamma + beta
            }
        }
    }

    static func standardisation(_ rule: Standardisation, _ input: Values, _ weights: [Values]) -> Values {
        let scale = rule.hasScale ? weights[0] : nil
        let shift = rule.hasShift ? weights[rule.hasScale ? 1 : 0] : nil
        let varying = rule.channelAxis.map { [$0] } ?? rule.axes
        return .make(input.rows, input.extents) { row, place in
            var places = along(input, rule.axes, row, place)
            if let axis = rule.channelAxis {
                let size = input.extents[axis] / rule.groups
                var more: [[Int]] = []
                for entry in rule.axes.contains(axis) ? places.filter({ $0[axis] == place[axis] }) : places {
                    for channel in 0..<size {
                        var copy = entry
                        copy[axis] = place[axis] / size * size + channel
                        more.append(copy)
                    }
                }
                places = more
            }
            let numbers = places.map { input[row, $0] }
            let count = Double(numbers.count)
            let mean = numbers.reduce(0, +) / count
            let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
            let squares = numbers.reduce(0) { $0 + $1 * $1 }
            let x = input[row, place]
            let result =
                switch rule.moment {
                case .variance: (x - mean) / (variance + rule.epsilon).squareRoot()
                case .varianceUncentred: x / (variance + rule.epsilon).squareRoot()
                case .meanSquare: x / (squares / count + rule.epsilon).squareRoot()
                case .sumOfSquares: x / max(squares, rule.epsilon).squareRoot()
                }
            let cell = varying.reduce(0) { $0 * input.extents[$1] + place[$1] }
            return result * (scale?.numbers[cell] ?? 1) + (shift?.numbers[cell] ?? 0)
        }
    }

    static func elementwise(_ rule: Elementwise, _ inputs: [Values]) -> Values {
        let rank = inputs.map(\.extents.count).max()!
        let extents = (0..<rank).map { axis in
            let found = inputs.compactMap { value -> Int? in
                let own = axis - (rank - value.extents.count)
                return own >= 0 ? value.extents[own] : nil
            }
            return found.first { $0 != 1 } ?? 1
        }
        return .make(inputs[0].rows, extents) { row, place in
            let numbers = inputs.map { $0.broadcast(row, place) }
            if rule.kind == .select { return numbers[0] != 0 ? numbers[1] : numbers[2] }
            if rule.kind == .average { return numbers.reduce(0, +) / Double(numbers.count) }
            return numbers.dropFirst().reduce(numbers[0]) { join(rule.kind, $0, $1) }
        }
    }

    private static func join(_ kind: Elementwise.Kind, _ a: Double, _ b: Double) -> Double {
        switch kind {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .maximum: max(a, b)
        case .minimum: min(a, b)
        case .divide: a / b
        case .floorDivide: floor(a / b)
        case .remainder: a - floor(a / b) * b
        case .power: pow(a, b)
        case .addScaled(let factor): a + factor * b
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .greaterOrEqual: a >= b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .and: a != 0 && b != 0 ? 1 : 0
        case .or: a != 0 || b != 0 ? 1 : 0
        case .exclusiveOr: (a != 0) != (b != 0) ? 1 : 0
        case .average, .select: preconditionFailure("not of two values")
        }
    }

    static func activation(_ rule: Activation, _ inputs: [Values], _ weights: [Values]) -> Values {
        let input = inputs[0]
        switch rule.name {
        case "prelu":
            return .make(input.rows, input.extents) { row, place in
                let x = input[row, place]
                return x > 0 ? x : x * weights[0].broadcast(0, place)
            }
        case "softmax", "log_softmax", "sparsemax":
            let axes = rule.arguments["axes"]?.array?.compactMap(\.integer) ?? [input.extents.count - 1]
            let value = Values.make(input.rows, input.extents) { row, place in
                let counts = inputs.count > 1 ? inputs[1].broadcast(row, place) != 0 : true
                return counts ? input[row, place] : rule.number("masked_value") ?? -1e9
            }
            return .make(input.rows, input.extents) { row, place in
                let numbers = along(value, axes.sorted(), row, place).map { value[row, $0] }
                return vectorFunction(rule.name, value[row, place], numbers)
            }
        default: return .make(input.rows, input.extents) { function(rule, input[$0, $1]) }
        }
    }

    private static func vectorFunction(_ name: String, _ x: Double, _ numbers: [Double]) -> Double {
        if name == "sparsemax" {
            let sorted = numbers.sorted(by: >)
            let sums = sorted.indices.map { sorted[...$0].reduce(0, +) }
            let kept = sorted.indices.filter { sorted[$0] > (sums[$0] - 1) / Double($0 + 1) }
            return max(x - (kept.reduce(0) { $0 + sums[$1] } - 1) / Double(kept.count), 0)
        }
        let top = numbers.max()!
        let sum = numbers.reduce(0) { $0 + exp($1 - top) }
        return name == "softmax" ? exp(x - top) / sum : x - top - log(sum)
    }
}
