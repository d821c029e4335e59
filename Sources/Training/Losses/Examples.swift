public import Tensors

/// Inputs of a network with the right answers, row-major, the examples as first axis.
public struct Examples: Sendable {
    public var count: Int
    /// By input of the network, its extents without the first axis.
    public var extents: [[Int]]
    public var inputs: [any ExampleStore]
    public var labels: Labels

    /// - Throws: `usage` where lengths do not fit.
    public init(
        count: Int, extents: [[Int]], inputs: [any ExampleStore], labels: Labels
    ) throws(SparsifyError) {
        for (extents, input) in zip(extents, inputs) {
            let wanted = try Checked.multiply(count, extents.reduce(1, *), "number of elements of an input")
            guard wanted == input.count else {
                throw SparsifyError(
                    .usage, "An input has \(input.count) elements, and \(wanted) make \(count) examples.")
            }
        }
        self.count = count
        self.extents = extents
        self.inputs = inputs
        self.labels = labels
    }

    /// Examples in memory.
    ///
    /// - Throws: `usage` where lengths do not fit.
    public init(count: Int, extents: [[Int]], inputs: [[Float]], labels: Labels) throws(SparsifyError) {
        try self.init(count: count, extents: extents, inputs: inputs.map(ExamplesInMemory.init), labels: labels)
    }

    var hasClasses: Bool { if case .classes = labels { true } else { false } }

    /// - Throws: `usage` where a label is that of no class.
    func check(classes length: Int, _ kind: LossKind) throws(SparsifyError) {
        guard case .classes(let classes) = labels, kind == .crossEntropy,
            let wrong = classes.firstIndex(where: { $0 < 0 || Int($0) >= length })
        else { return }
        throw SparsifyError(
            .usage, "The label at position \(wrong) is \(classes[wrong]), and there are \(length) classes.")
    }

    var labelCount: Int {
        switch labels {
        case .classes(let classes): classes.count
        case .values(let values): values.count
        }
    }

    func labels(of range: Range<Int>) -> BatchLabels {
        let each = count > 0 ? labelCount / count : 0
        let places = range.lowerBound * each..<range.upperBound * each
        return switch labels {
        case .classes(let classes): .classes(classes[places])
        case .values(let values): .values(values[places])
        }
    }

    /// The labels of the examples with these numbers.
    func labels(at numbers: ArraySlice<Int>) -> BatchLabels {
        let each = count > 0 ? labelCount / count : 0
        func rows<T>(_ values: [T]) -> ArraySlice<T> {
            var result: [T] = []
            result.reserveCapacity(numbers.count * each)
            for number in numbers { result += values[number * each..<(number + 1) * each] }
            return result[...]
        }
        return switch labels {
        case .classes(let classes): .classes(rows(classes))
        case .values(let values): .values(rows(values))
        }
    }

    /// The examples with these numbers.
    public func chosen(_ numbers: [Int]) throws(SparsifyError) -> Examples {
        func rows<T>(_ values: [T]) -> [T] {
            let each = count > 0 ? values.count / count : 0
            return numbers.flatMap { values[$0 * each..<($0 + 1) * each] }
        }
        let labels: Labels =
            switch labels {
            case .classes(let classes): .classes(rows(classes))
            case .values(let values): .values(rows(values))
            }
        return try Examples(
            count: numbers.count, extents: extents,
            inputs: zip(inputs, extents).map { ChosenExamples($0, numbers, length: $1.reduce(1, *)) }, labels: labels)
    }
}
