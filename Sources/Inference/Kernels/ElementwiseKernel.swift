internal import Networks
internal import Tensors

/// Values combined element by element, two at a time.
struct ElementwiseKernel<T: Scalar>: Kernel {
    private let kind: Elementwise.Kind
    /// The result so far with each further value.
    private let joins: [Broadcast]
    private let selection: Broadcast?
    private let first: BroadcastCopy<T>
    private let startsWhole: Bool
    private let count: Int
    /// Applied to the result while it is at hand.
    private let function: ElementFunction<T>?

    init(
        _ kind: Elementwise.Kind, _ inputs: [ValueLayout], _ output: ValueLayout, function: ElementFunction<T>? = nil
    ) throws {
        self.function = function
        self.kind = kind
        guard kind != .select || inputs.count == 3 else {
            throw SparsifyError(.malformed, "A selection takes three values, not \(inputs.count).")
        }
        selection = kind == .select ? Broadcast(inputs, over: output) : nil
        startsWhole = inputs[0].count == output.count
        first = BroadcastCopy(from: inputs[0], to: output)
        joins = inputs.dropFirst().map { Broadcast([output, $0], over: output) }
        count = output.count
    }

    /// Only where no other input can lie there too: the planner gives the place of the first alone.
    var worksInPlace: Bool { startsWhole && selection == nil }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let target = operands.outputs[0]
        if let selection {
            Self.select(selection, operands.inputs, target)
            return
        }
        var source = operands.inputs[0]
        if !startsWhole {
            first.run(source, into: target)
            source = UnsafePointer(target)
        }
        if joins.isEmpty, source != UnsafePointer(target) { target.copy(source, count) }
        for (index, join) in joins.enumerated() {
            let last = index == joins.count - 1 && kind != .average ? function : nil
            Self.combine(kind, join, source, operands.inputs[index + 1], target, operands.workers, last)
            source = UnsafePointer(target)
        }
        guard kind == .average || joins.isEmpty else { return }
        if kind == .average { Self.scale(target, count, 1 / T(joins.count + 1)) }
        function?.apply(target, count)
    }

    /// What division leaves, with the sign of the divisor.
    private static func remainder(_ dividend: T, _ divisor: T) -> T {
        let rest = dividend.truncatingRemainder(dividingBy: divisor)
        return rest != 0 && (rest < 0) != (divisor < 0) ? rest + divisor : rest
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func scale(_ target: UnsafeMutablePointer<T>, _ count: Int, _ factor: T) {
        for index in 0..<count { target[index] *= factor }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func select(_ plan: Broadcast, _ inputs: [UnsafePointer<T>], _ target: UnsafeMutablePointer<T>) {
        let steps = (0..<3).map { plan.innerStep($0) }
        for walk in 0..<plan.outer {
            let sources = (0..<3).map { inputs[$0] + plan.offset($0, walk) }
            let to = target + walk * plan.inner
            for index in 0..<plan.inner {
                to[index] =
                    sources[0][index * steps[0]] != 0 ? sources[1][index * steps[1]] : sources[2][index * steps[2]]
            }
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func combine(
        _ kind: Elementwise.Kind, _ plan: Broadcast, _ left: UnsafePointer<T>, _ right: UnsafePointer<T>,
        _ target: UnsafeMutablePointer<T>, _ workers: Workers, _ function: ElementFunction<T>?
    ) {
        let (left, right, target) = (Shared(left), Shared(right), Shared(target))
        let inner = plan.inner
        let step = plan.innerStep(1)
        // A single long walk is cut, so that threads can share it.
        let pieces = plan.outer == 1 ? max(inner / 16_384, 1) : 1
        workers.ranges(plan.outer * pieces, .moving(plan.outer * inner)) { range in
            for walk in range {
                let cut = walk % pieces
                let start = cut * inner / pieces
                let length = (cut + 1) * inner / pieces - start
                let offset = walk / pieces * inner + start
                if step == 1, kind == .add || kind == .average {
                    T.add(
                        left.pointer + offset, right.pointer + plan.offset(1, walk / pieces) + start,
                        target.pointer + offset, length, low: function?.clamp?.low ?? -.infinity,
                        high: function?.clamp?.high ?? .infinity)
                    if let function, function.clamp == nil { function.apply(target.pointer + offset, length) }
                    continue
                }
                run(
                    kind, left.pointer + offset, right.pointer + plan.offset(1, walk / pieces) + start * step, step,
                    target.pointer + offset, length)
                function?.apply(target.pointer + offset, length)
            }
        }
    }

    @inline(__always)
    private static func run(
        _ kind: Elementwise.Kind, _ left: UnsafePointer<T>, _ right: UnsafePointer<T>, _ step: Int,
        _ target: UnsafeMutablePointer<T>, _ count: Int
    ) {
        switch kind {
        case .add, .average: each(left, right, step, target, count) { $0 + $1 }
        case .subtract: each(left, right, step, target, count) { $0 - $1 }
        case .multiply where step == 1: T.multiply(left, right, target, count)
        case .multiply: each(left, right, step, target, count) { $0 * $1 }
        case .divide: each(left, right, step, target, count) { $0 / $1 }
        case .maximum: each(left, right, step, target, count) { max($0, $1) }
        case .minimum: each(left, right, step, target, count) { min($0, $1) }
        case .floorDivide: each(left, right, step, target, count) { ($0 / $1).rounded(.down) }
        case .remainder: each(left, right, step, target, count) { Self.remainder($0, $1) }
        case .power: each(left, right, step, target, count) { T.power($0, $1) }
        case .addScaled(let factor):
            let factor = T(factor)
            each(left, right, step, target, count) { $0 + factor * $1 }
        case .equal: each(left, right, step, target, count) { $0 == $1 ? 1 : 0 }
        case .notEqual: each(left, right, step, target, count) { $0 != $1 ? 1 : 0 }
        case .greater: each(left, right, step, target, count) { $0 > $1 ? 1 : 0 }
        case .greaterOrEqual: each(left, right, step, target, count) { $0 >= $1 ? 1 : 0 }
        case .less: each(left, right, step, target, count) { $0 < $1 ? 1 : 0 }
        case .lessOrEqual: each(left, right, step, target, count) { $0 <= $1 ? 1 : 0 }
        case .and: each(left, right, step, target, count) { $0 != 0 && $1 != 0 ? 1 : 0 }
        case .or: each(left, right, step, target, count) { $0 != 0 || $1 != 0 ? 1 : 0 }
        case .exclusiveOr: each(left, right, step, target, count) { ($0 != 0) != ($1 != 0) ? 1 : 0 }
        case .select: break
        }
    }

    @inline(__always)
    private static func each(
        _ left: UnsafePointer<T>, _ right: UnsafePointer<T>, _ step: Int, _ target: UnsafeMutablePointer<T>,
        _ count: Int, _ body: (T, T) -> T
    ) {
        if step == 1 {
            for index in 0..<count { target[index] = body(left[index], right[index]) }
        } else if step == 0 {
            let value = right[0]
            for index in 0..<count { target[index] = body(left[index], value) }
        } else {
            for index in 0..<count { target[index] = body(left[index], right[index * step]) }
        }
    }
}
