internal import Networks
internal import Tensors

/// The largest, the mean, … of the elements along some axes. The gradient of a maximum is shared out evenly among the
/// elements that reach it, as TensorFlow does.
final class ReductionOperation<N: Number>: Operation {
    private let kind: Reduction.Kind
    private let rows: Int
    /// By element of a row, that of the result which it takes part in.
    private let targets: [Int32]
    private let outputRowCount: Int
    private let mask: Broadcast?

    init(_ primitive: Reduction, input: ValueShape, output: ValueShape, mask: ValueShape?) {
        kind = primitive.kind
        rows = input.rows
        outputRowCount = output.rowCount
        let kept = input.extents.indices.filter { !primitive.axes.contains($0) }
        let distances = strides(kept.map { input.extents[$0] })
        var steps = [Int](repeating: 0, count: input.extents.count)
        for (axis, step) in zip(kept, distances) { steps[axis] = step }
        targets = IndexMap.map(input.extents, steps: steps, start: 0)
        self.mask = mask.map { Broadcast($0.extents, over: input.extents) }
    }

    private var rowCount: Int { targets.count }

    /// Which elements of a row count; nil: all.
    private func counted(_ inputs: [Block<N>], _ row: Int) -> [Bool]? {
        guard let mask else { return nil }
        let base = inputs[1].base + row * mask.count
        var result = [Bool](repeating: false, count: rowCount)
        mask.visit { result[$0] = base[$1].double != 0 }
        return result
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let start: Double =
            switch kind {
            case .maximum: -.infinity
            case .minimum: .infinity
            case .product: 1
            default: 0
            }
        let output = pool.block(rows * outputRowCount)
        output.base.update(repeating: N(start), count: output.count)
        for row in 0..<rows {
            let (from, to) = (inputs[0].base + row * rowCount, output.base + row * outputRowCount)
            let counted = counted(inputs, row)
            switch kind {
            case .maximumIndex, .minimumIndex: positions(from, to)
            default:
                for (index, target) in targets.enumerated() {
                    let value = counted?[index] == false ? .zero : from[index]
                    join(&to[Int(target)], value)
                }
            }
            if kind == .average {
                for (target, terms) in terms(counted).enumerated() { to[target] = to[target] / N(terms) }
            }
        }
        return [output]
    }

    private func join(_ sum: inout N, _ value: N) {
        switch kind {
        case .maximum: sum = N.greater(sum, value)
        case .minimum: sum = N.lesser(sum, value)
        case .product: sum *= value
        default: sum += value
        }
    }

    /// The position of the first largest or smallest along the one axis.
    private func positions(_ from: UnsafeMutablePointer<N>, _ to: UnsafeMutablePointer<N>) {
        var best = [(value: N, position: Int)?](repeating: nil, count: outputRowCount)
        var seen = [Int](repeating: 0, count: outputRowCount)
        for (index, target) in targets.enumerated() {
            let target = Int(target)
            let value = from[index]
            let isBetter = best[target].map { kind == .maximumIndex ? $0.value < value : value < $0.value } ?? true
            if isBetter { best[target] = (value, seen[target]) }
            seen[target] += 1
        }
        for (target, entry) in best.enumerated() { to[target] = N(Double(entry?.position ?? 0)) }
    }

    /// By element of the result, how many count.
    private func terms(_ counted: [Bool]?) -> [Double] {
        var result = [Double](repeating: 0, count: outputRowCount)
        for (index, target) in targets.enumerated() where counted?[index] != false { result[Int(target)] += 1 }
        return result
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        guard kind != .maximumIndex, kind != .minimumIndex, step.needsInput[0] else {
            return step.inputs.map { _ in nil }
        }
        let result = pool.block(rows * rowCount)
        for row in 0..<rows {
            let counted = counted(step.inputs, row)
            let from = step.inputs[0].base + row * rowCount
            let output = step.outputs[0].base + row * outputRowCount
            let given = step.gradient.base + row * outputRowCount
            let to = result.base + row * rowCount
            switch kind {
            case .maximum, .minimum: share(from, output, given, to, counted)
            case .product: products(from, given, to, counted)
            default:
                let terms = kind == .average ? self.terms(counted) : nil
                for (index, target) in targets.enumerated() {
                    let target = Int(target)
                    let share = terms.map { given[target] / N($0[target]) } ?? given[target]
                    to[index] = counted?[index] == false ? .zero : share
                }
            }
        }
        return [result] + step.inputs.dropFirst().map { _ in nil }
    }

    private func share(
        _ from: UnsafeMutablePointer<N>, _ output: UnsafeMutablePointer<N>, _ given: UnsafeMutablePointer<N>,
        _ to: UnsafeMutablePointer<N>, _ counted: [Bool]?
    ) {
        var ties = [Double](repeating: 0, count: outputRowCount)
        func isChosen(_ index: Int, _ target: Int) -> Bool {
            (counted?[index] == false ? 0 : from[index].double) == output[target].double
        }
        for (index, target) in targets.enumerated() where isChosen(index, Int(target)) { ties[Int(target)] += 1 }
        for (index, target) in targets.enumerated() {
            let target = Int(target)
            let isShared = isChosen(index, target) && counted?[index] != false
            to[index] = isShared ? given[target] / N(ties[target]) : .zero
        }
    }

    /// By the products of what comes before and what comes after, so that zeros do no harm.
    private func products(
        _ from: UnsafeMutablePointer<N>, _ given: UnsafeMutablePointer<N>, _ to: UnsafeMutablePointer<N>,
        _ counted: [Bool]?
    ) {
        var products = [N](repeating: .one, count: outputRowCount)
        for (index, target) in targets.enumerated() {
            to[index] = products[Int(target)]
            products[Int(target)] *= counted?[index] == false ? .zero : from[index]
        }
        products = Array(repeating: .one, count: outputRowCount)
        for index in targets.indices.reversed() {
            let target = Int(targets[index])
            let isCounted = counted?[index] != false
            to[index] = isCounted ? to[index] * products[target] * given[target] : .zero
            products[target] *= isCounted ? from[index] : .zero
        }
    }
}
