internal import Networks
internal import Tensors

/// What labels mean for an output: it goes by their shapes and by the function that the network ends in.
enum LabelRule: Sendable, Hashable {
    /// Numbers of classes, below this.
    case classes(Int)
    /// Probabilities of so many classes, for a softmax.
    case distribution(Int)
    /// A probability for each element, for a sigmoid.
    case probabilities
    case numbers

    /// Nil where the labels do not fit.
    ///
    /// - Parameters:
    ///   - labels, output: shapes, the examples first. The last axis of an output holds the classes; with more axes
    ///     before it, each position along them has a label. Axes of one element make no difference.
    ///   - ending: the name of the function that the network ends in, over its last axis.
    init?(labels: [Int], output: [Int], ending: String?) {
        let length = output.dropFirst().last ?? 1
        func fits(_ shape: some Sequence<Int>) -> Bool { labels.filter { $0 != 1 } == shape.filter { $0 != 1 } }
        if length > 1 || ending == "softmax", fits(output.dropLast()) {
            self = .classes(length)
        } else if fits(output) {
            self = ending == "softmax" ? .distribution(length) : ending == "sigmoid" ? .probabilities : .numbers
        } else {
            return nil
        }
    }

    /// - Parameter rows: which examples of the file the labels belong to, the same number of them to each; nil: all, in
    ///   order.
    /// - Throws: `usage` where a label is none.
    func check(_ labels: [Double], _ file: String, rows: [Int]? = nil) throws {
        func fail(_ position: Int, _ reason: String) -> SparsifyError {
            let place = rows.map { $0[position / max(labels.count / max($0.count, 1), 1)] } ?? position
            return SparsifyError(.usage, "The label of example \(place) is \(labels[position]), \(reason).", file: file)
        }
        func check(_ range: ClosedRange<Double>, _ wanted: String) throws {
            guard let wrong = labels.firstIndex(where: { !range.contains($0) }) else { return }
            throw fail(wrong, "which is not \(wanted)")
        }
        switch self {
        case .classes(let count):
            let wrong = labels.firstIndex { label in Int(exactly: label).map { !(0..<count).contains($0) } ?? true }
            if let wrong { throw fail(wrong, "and there are \(count) classes") }
        case .distribution(let length):
            try check(0...1, "a probability")
            for start in stride(from: 0, to: labels.count, by: length) {
                let sum = labels[start..<start + length].reduce(0, +)
                guard abs(sum - 1) < 1e-3 else { throw fail(start, "and with the others of it sums to \(sum), not 1") }
            }
        case .probabilities: try check(0...1, "a probability")
        case .numbers: try check(-Double.greatestFiniteMagnitude...(.greatestFiniteMagnitude), "a finite number")
        }
    }
}

extension Network {
    /// The name of the function over the last axis that the first output ends in, if it does.
    var ending: String? {
        guard let output = outputs.first, let rank = program[output].extents?.count,
            case .activation(let activation)? = program.steps.last(where: { $0.outputs.contains(output) })?.primitive,
            activation.axes(count: rank).elementsEqual((0..<rank).suffix(1))
        else { return nil }
        return activation.name
    }
}
