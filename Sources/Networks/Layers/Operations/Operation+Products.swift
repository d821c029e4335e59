internal import Tensors

/// Sums of products of two values.
extension Operation {
    static let products: [String: Handler] = [
        "Matmul": matrixProduct, "Einsum": einsum, "Tensordot": tensorProduct, "Dot": dot, "Cumsum": runningSum,
    ]

    private static func operands(
        _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> (left: ValueID, right: ValueID, isConstant: [Bool]) {
        guard let left = call.operand(0, "x1", "a"), let right = call.operand(1, "x2", "b"),
            let some = (left.tensors + right.tensors).first
        else { throw lowering.unsupported("it does not multiply two values") }
        func value(_ operand: OperationCall.Argument) throws -> ValueID {
            if case .tensor(let value) = operand { return value }
            guard let json = operand.constant, let grid = NumberGrid(json) else {
                throw lowering.unsupported("it multiplies its input with something that is no number")
            }
            return try lowering.push(.constant(Constant(grid.values, extents: grid.extents)), [some])
        }
        return (try value(left), try value(right), [left.tensors.isEmpty, right.tensors.isEmpty])
    }

    /// The last two axes; those before go along, where both have them.
    private static func matrixProduct(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (left, right, isConstant) = try operands(call, &lowering)
        var (a, b) = (lowering.extents(left).count, lowering.extents(right).count)
        // The batch is the first axis of what is no constant; a vector of each example is a matrix over the batch then.
        guard isConstant.contains(true) ? (isConstant[0] ? a == 2 && b >= 1 : b == 2 && a >= 1) : a == b && a >= 2
        else {
            throw lowering.unsupported("it multiplies values of such axes")
        }
        if isConstant[0], b < 2 { throw lowering.unsupported("it multiplies across the examples") }
        var labels = [Array(0..<a), Array(100..<100 + b)]
        let (transposesLeft, transposesRight) = (call.flag("transpose_a"), call.flag("transpose_b"))
        if transposesLeft, a > 1 { labels[0].swapAt(a - 1, a - 2) }
        if transposesRight, b > 1 { labels[1].swapAt(b - 1, b - 2) }
        // In the order of rows, columns.
        func logical(_ index: Int, _ transposes: Bool) -> [Int] {
            var list = labels[index]
            if transposes, list.count > 1 { list.swapAt(list.count - 1, list.count - 2) }
            return list
        }
        var (rows, columns) = (logical(0, transposesLeft), logical(1, transposesRight))
        (a, b) = (rows.count, columns.count)
        let shared = rows[a - 1]
        let old = columns[max(b - 2, 0)]
        func joined(_ list: [Int]) -> [Int] { list.map { $0 == old ? shared : $0 } }
        labels[1] = joined(labels[1])
        columns = joined(columns)
        if a == b, !isConstant.contains(true) {
            for axis in 0..<max(a - 2, 0) {
                labels[1] = labels[1].map { $0 == columns[axis] ? rows[axis] : $0 }
            }
            columns = Array(rows.prefix(a - 2)) + columns.suffix(2)
        }
        let leading = isConstant[0] ? Array(columns.prefix(b - 2)) : Array(rows.prefix(max(a - 2, 0)))
        let output = leading + (a > 1 ? [rows[a - 2]] : []) + [columns[b - 1]]
        rows = labels[0]
        return [try product(left, rows, right, labels[1], output, &lowering)]
    }

    private static func product(
        _ left: ValueID, _ leftLabels: [Int], _ right: ValueID, _ rightLabels: [Int], _ output: [Int],
        _ lowering: inout Lowering
    ) throws -> ValueID {
        let product = ValueProduct(left: leftLabels, right: rightLabels, output: output)
        return try lowering.push(.valueProduct(product), [left, right])
    }

    private static func einsum(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        var inputs = call.operands
        var text = call.option("subscripts", "equation")?.string
        if text == nil, case .constant(let json)? = inputs.first {
            text = json.string
            inputs.removeFirst()
        }
        if inputs.count == 1, case .list(let list) = inputs[0] { inputs = list }
        guard let text, let sum = EinsteinSum(text), inputs.count == sum.operands.count, (1...2).contains(inputs.count),
            let some = inputs.flatMap(\.tensors).first
        else { throw lowering.unsupported("it is an Einstein sum that is not covered") }
        var values: [ValueID] = []
        var labels: [[Int]] = []
        var batch: Int?
        for (operand, letters) in zip(inputs, sum.operands) {
            let isConstant = operand.tensors.isEmpty
            var grid: NumberGrid?
            if isConstant { grid = operand.constant.flatMap { NumberGrid($0) } }
            if isConstant, grid == nil { throw lowering.unsupported("it sums something that is no number") }
            let value =
                try grid.map { try lowering.push(.constant(Constant($0.values, extents: $0.extents)), [some]) }
                ?? operand.tensors[0]
            let rank = lowering.extents(value).count + (isConstant ? 0 : 1)
            guard var list = sum.labels(letters, rank: rank) else {
                throw lowering.failure("'\(text)' does not fit a value of \(rank) axes.")
            }
            if !isConstant {
                guard batch == nil || batch == list[0] else { throw lowering.unsupported("it sums across examples") }
                batch = list.removeFirst()
            }
            values.append(value)
            labels.append(list)
        }
        let ranks = labels.map(\.count).max() ?? 0
        guard var output = sum.outputLabels(ellipsis: ranks), output.first == batch, let batch else {
            throw lowering.unsupported("its result does not have the examples first")
        }
        output.removeFirst()
        let known = Set(labels.joined())
        output = output.filter { $0 >= 0 || known.contains($0) }
        guard !known.contains(batch), Set(output).isSubset(of: known), Set(output).count == output.count,
            labels.allSatisfy({ Set($0).count == $0.count })
        else { throw lowering.unsupported("it is an Einstein sum that is not covered") }
        if values.count == 2 { return [try product(values[0], labels[0], values[1], labels[1], output, &lowering)] }
        let summed = labels[0].indices.filter { !output.contains(labels[0][$0]) }
        let rest = labels[0].filter(output.contains)
        let sumOfOne = summed.isEmpty ? values[0] : try lowering.reduce(.sum, values[0], axes: summed)
        if rest == output { return [sumOfOne] }
        let order = output.compactMap { rest.firstIndex(of: $0) }
        return [try lowering.push(.transpose(Transpose(order)), [sumOfOne])]
    }

    /// With a constant alone: two values would meet with their batches.
    private static func tensorProduct(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (left, right, isConstant) = try operands(call, &lowering)
        guard isConstant == [false, true] else { throw lowering.unsupported("it multiplies across the examples") }
        let (a, b) = (lowering.extents(left).count, lowering.extents(right).count)
        let json = call.option("axes") ?? .integer(2)
        var axes: [[Int]] = []
        if let count = json.integer, count >= 0, count <= min(a, b) {
            axes = [Array(a - count + 1..<a + 1), Array(0..<count)]
        } else {
            axes = (json.array ?? []).map { $0.integer.map { [$0] } ?? $0.array?.compactMap(\.integer) ?? [] }
        }
        guard axes.count == 2, axes[0].count == axes[1].count else { throw lowering.failure("It says no axes.") }
        let firsts = try axes[0].map { try lowering.axis(.integer($0), of: a) }
        let seconds = axes[1].map { $0 < 0 ? $0 + b : $0 }
        guard seconds.allSatisfy((0..<b).contains), Set(seconds).count == seconds.count,
            Set(firsts).count == firsts.count
        else { throw lowering.failure("It names axes that are not there, or one twice.") }
        var labels = (0..<b).map { a + $0 }
        for (first, second) in zip(firsts, seconds) { labels[second] = first }
        let output = (0..<a).filter { !firsts.contains($0) } + labels.filter { $0 >= a }
        return [try product(left, Array(0..<a), right, labels, output, &lowering)]
    }

    private static func dot(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (left, right, isConstant) = try operands(call, &lowering)
        let (a, b) = (lowering.extents(left).count, lowering.extents(right).count)
        guard isConstant == [false, true], a >= 1, b == 1 || b == 2 else {
            throw lowering.unsupported("it multiplies across the examples")
        }
        let labels = b == 1 ? [a - 1] : [a - 1, a]
        return [try product(left, Array(0..<a), right, labels, Array(0..<a - 1) + labels.dropFirst(), &lowering)]
    }

    /// A product with a triangle of ones.
    private static func runningSum(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count
        let axis = try lowering.axis(call.option("axis", at: 1), of: rank)
        let positions = try lowering.push(.positions(Positions(axis: axis)), [value])
        let (rows, columns) = (
            try lowering.inserting(axes: [1], into: positions), try lowering.inserting(axes: [0], into: positions)
        )
        let triangle = try lowering.combine(.greaterOrEqual, rows, columns)
        var output = Array(0..<rank)
        output[axis] = rank
        return [try product(triangle, [rank, axis], value, Array(0..<rank), output, &lowering)]
    }
}
