internal import Networks
internal import Tensors

/// Matrix products and their like.
extension GraphOperators {
    static let products: [String: GraphOperator] = [
        "Gemm": { try $0.multiplyAndAdd() },
        "MatMul": { try $0.multiplyMatrices() },
        "Einsum": { try $0.sumProducts() },
    ]
}

extension GraphLowering {
    /// alpha · A · B + beta · C
    fileprivate mutating func multiplyAndAdd() throws -> [GraphValue] {
        var value = try computed(0)
        guard rank(try input(0)) == 2, value.batch == (node.flag("transA") ? 1 : 0), let depth = extents(value)[0]
        else {
            throw mixesExamples
        }
        let shape = dimensions(try input(1)).compactMap(\.integer)
        let isTransposed = node.flag("transB")
        guard shape.count == 2, shape[isTransposed ? 1 : 0] == depth else {
            throw malformed("A matrix of shape \(shape) does not fit \(depth) inputs.")
        }
        let units = shape[isTransposed ? 0 : 1]
        value.batch = 0
        let (alpha, beta) = (node.number("alpha", default: 1), node.number("beta", default: 1))
        if alpha != 1 { value.id = try push(.affine(Affine(scale: alpha)), [value.id]) }
        var references = [
            try parameter(1, "B", .weight, outputs: OutputIndexing(axes: [1])) { view in
                isTransposed ? view.transposed([1, 0]) : view
            }
        ]
        let addend = has(2) ? dimensions(try input(2)).map(\.integer) : []
        let isStored = try has(2) && isStored(input(2))
        let isRow = isStored && (addend == [units] || addend == [1, units]) && beta == 1
        if isRow {
            references.append(
                try parameter(2, "C", .bias) { $0.dimensions.count == 2 ? $0.removing(axis: 0) : $0 })
        }
        let product = Contraction(lastOf: 1, inputs: depth, units: units, hasBias: isRow)
        value.id = try push(.contraction(product), [value.id], references)
        guard has(2), !isRow else { return [GraphValue(.computed(value))] }
        var constant = try self.constant(2)
        guard constant.dimensions.count <= 2, let reals = constant.reals else { throw malformed("C is no matrix.") }
        constant.numbers = reals.map { .real($0 * beta) }
        if constant.dimensions.count == 2 { constant = try withoutExamples(constant, axis: 0) }
        let shift = try materialised(constant, with: value.id)
        value.id = try push(.elementwise(Elementwise(.add)), [value.id, shift])
        return [GraphValue(.computed(value))]
    }

    private func isStored(_ value: GraphValue) -> Bool { if case .computed = value.content { false } else { true } }

    fileprivate mutating func multiplyMatrices() throws -> [GraphValue] {
        let (a, b) = (try input(0), try input(1))
        let (left, right) = (rank(a), rank(b))
        guard left >= 1, right >= 1 else { throw malformed("It multiplies a scalar.") }
        // As NumPy: a vector on the left is a row, on the right a column.
        let (rows, depth, columns) = (100, 101, 102)
        let leading = max(max(left, right) - 2, 0)
        func outer(_ rank: Int) -> [Int] { rank > 2 ? Array((leading - (rank - 2))..<leading) : [] }
        let leftLabels = outer(left) + (left > 1 ? [rows] : []) + [depth]
        let rightLabels = outer(right) + [depth] + (right > 1 ? [columns] : [])
        let output = Array(0..<leading) + (left > 1 ? [rows] : []) + (right > 1 ? [columns] : [])
        return [try product(leftLabels, rightLabels, output)]
    }

    /// A product of the first two inputs over labelled axes: a label that the output lacks is summed over, and axes of
    /// extent 1 are repeated to fit.
    private mutating func product(_ left: [Int], _ right: [Int], _ output: [Int]) throws -> GraphValue {
        switch (try input(0).content, try input(1).content) {
        case (.computed(let a), .computed(let b)): return try product(a, left, b, right, output)
        case (.computed(let a), .constant), (.computed(let a), .parameter):
            return try contraction(a, left, 1, right, output)
        case (.constant, .computed(let b)), (.parameter, .computed(let b)):
            return try contraction(b, right, 0, left, output)
        case (.unknown(let issue), _), (_, .unknown(let issue)): throw unsupported(issue)
        default: throw unsupported("it multiplies constants")
        }
    }

    /// A value with a weight.
    private mutating func contraction(
        _ given: ComputedValue, _ givenLabels: [Int], _ index: Int, _ weightLabels: [Int], _ output: [Int]
    ) throws -> GraphValue {
        var (value, labels) = (given, givenLabels)
        let examples = labels[value.batch]
        guard output.contains(examples) else { throw mixesExamples }
        var kernel = weightLabels
        let shape = dimensions(try input(index)).compactMap(\.integer)
        guard shape.count == kernel.count else { throw malformed("A weight has \(shape.count) axes.") }
        for axis in labels.indices.reversed() where axis != value.batch && kernel.contains(labels[axis]) {
            // An axis of the value that is repeated to fit the weight is one that it does not have.
            guard let position = value.position(axis), extents(value)[position] == 1,
                shape[kernel.firstIndex(of: labels[axis])!] != 1, output.contains(labels[axis])
            else { continue }
            var target = extents(value)
            target.remove(at: position)
            value.id = try reshape(value.id, target)
            if axis < value.batch { value.batch -= 1 }
            labels.remove(at: axis)
        }
        var dropped: [Int] = []
        for axis in kernel.indices.reversed() where shape[axis] == 1 && labels.contains(kernel[axis]) {
            // One for all, unless the value has no more.
            let place = labels.firstIndex(of: kernel[axis])!
            if place != value.batch, extents(value)[value.position(place)!] == 1, !output.contains(kernel[axis]) {
                continue
            }
            dropped.append(axis)
            kernel.remove(at: axis)
        }
        guard !kernel.contains(examples) else { throw mixesExamples }
        let own = labels.filter { $0 != examples }
        let result = output.filter { $0 != examples }
        let summed = own.filter { kernel.contains($0) && !result.contains($0) }
        let made = kernel.filter { !own.contains($0) }
        // The common case: the last axis times a matrix.
        let isMatrix = summed.count == 1 && made.count == 1 && kernel.count == 2
        let order =
            isMatrix ? [kernel.firstIndex(of: summed[0])!, kernel.firstIndex(of: made[0])!] : Array(kernel.indices)
        let ordered = order.map { kernel[$0] }
        let reference = try parameter(
            index, index == 1 ? "B" : "A", .weight,
            outputs: OutputIndexing(axes: ordered.indices.filter { result.contains(ordered[$0]) })
        ) { view in
            dropped.reduce(view) { $0.removing(axis: $1) }.transposed(order)
        }
        let remaining = shape.indices.filter { !dropped.contains($0) }.map { shape[$0] }
        let primitive = Contraction(
            input: own, kernel: ordered, output: result, kernelExtents: order.map { remaining[$0] }, hasBias: false)
        let id = try push(.contraction(primitive), [value.id], [reference])
        return GraphValue(
            .computed(ComputedValue(id: id, batch: output.firstIndex(of: examples)!, folded: value.folded)))
    }

    /// Two values that are computed.
    private mutating func product(
        _ a: ComputedValue, _ left: [Int], _ b: ComputedValue, _ right: [Int], _ output: [Int]
    ) throws -> GraphValue {
        let examples = left[a.batch]
        guard right[b.batch] == examples, output.contains(examples), a.folded == b.folded else { throw mixesExamples }
        var (first, second) = (a.id, b.id)
        var (leftLabels, rightLabels) = (left.filter { $0 != examples }, right.filter { $0 != examples })
        for label in Set(leftLabels).intersection(rightLabels).sorted() {
            let (x, y) = (leftLabels.firstIndex(of: label)!, rightLabels.firstIndex(of: label)!)
            let (m, n) = (program[first].extents?[x], program[second].extents?[y])
            if m == 1, n != 1 { first = try dropping(x, of: first, &leftLabels) }
            if n == 1, m != 1 { second = try dropping(y, of: second, &rightLabels) }
        }
        let primitive = ValueProduct(
            left: leftLabels, right: rightLabels, output: output.filter { $0 != examples })
        let id = try push(.valueProduct(primitive), [first, second])
        return GraphValue(
            .computed(ComputedValue(id: id, batch: output.firstIndex(of: examples)!, folded: a.folded)))
    }

    private mutating func dropping(_ axis: Int, of value: ValueID, _ labels: inout [Int]) throws -> ValueID {
        var target = program[value].extents ?? []
        target.remove(at: axis)
        labels.remove(at: axis)
        return try reshape(value, target)
    }

    fileprivate mutating func sumProducts() throws -> [GraphValue] {
        let text = node.text("equation", default: "").filter { $0 != " " }
        guard !text.contains("..."), node.inputCount <= 2 else {
            throw unsupported("its equation '\(text)' is not one of one or two values with all axes named")
        }
        if node.inputCount == 1 { return [try summed(text)] }
        let sides = text.components(separatedBy: "->")
        let terms = sides[0].components(separatedBy: ",").map { $0.unicodeScalars.map { Int($0.value) } }
        guard terms.count == 2, sides.count <= 2, terms.allSatisfy({ Set($0).count == $0.count }),
            terms[0].count == rank(try input(0)), terms[1].count == rank(try input(1))
        else { throw unsupported("its equation '\(text)' does not fit, or takes a diagonal") }
        let implied = Set(terms[0]).symmetricDifference(terms[1]).sorted()
        let output = sides.count == 2 ? sides[1].unicodeScalars.map { Int($0.value) } : implied
        let all = Set(terms[0]).union(terms[1])
        guard Set(output).count == output.count, output.allSatisfy(all.contains),
            all.allSatisfy({ output.contains($0) || (terms[0].contains($0) && terms[1].contains($0)) })
        else { throw unsupported("its equation '\(text)' sums over an axis of one value alone") }
        return [try product(terms[0], terms[1], output)]
    }
}

extension GraphLowering {
    /// An equation of one value: some axes are summed over, the others change places.
    private mutating func summed(_ text: String) throws -> GraphValue {
        var value = try computed(0)
        let sides = text.components(separatedBy: "->").map { $0.unicodeScalars.map { Int($0.value) } }
        guard sides.count <= 2, Set(sides[0]).count == sides[0].count, sides[0].count == rank(try input(0)) else {
            throw unsupported("its equation '\(text)' does not fit, or takes a diagonal")
        }
        var labels = sides[0]
        let output = sides.count == 2 ? sides[1] : labels.sorted()
        guard Set(output).count == output.count, output.allSatisfy(labels.contains) else {
            throw malformed("Its equation is '\(text)'.")
        }
        let axes = labels.indices.filter { !output.contains(labels[$0]) }
        if !axes.isEmpty {
            let positions = try positions(axes, value, rank: labels.count)
            value.id = try push(.reduction(Reduction(.sum, axes: positions, keepsAxes: false)), [value.id])
            value.batch -= axes.count { $0 < value.batch }
            labels.removeAll { !output.contains($0) }
        }
        return GraphValue(.computed(try transposed(value, output.map { labels.firstIndex(of: $0)! })))
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(self)
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
