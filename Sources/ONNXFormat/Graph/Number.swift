internal import Networks
internal import Tensors

/// An element of a constant, as far as the graph tells it.
enum Number: Hashable {
    case real(Double)
    /// So many times the number of examples.
    case batch(Double)
    /// A number that only the input tells.
    case open

    var real: Double? { if case .real(let value) = self { value } else { nil } }

    /// Nearest that an integer of this machine comes: exporters write the largest there is for "to the end".
    var integer: Int? {
        guard let real, !real.isNaN else { return nil }
        if real >= 0x1p62 { return .max }
        return real <= -0x1p62 ? .min : Int(real)
    }
}

/// A tensor that is known before the network runs: weights that a function needs to know, shapes, indices.
struct HostTensor {
    var dimensions: [Int]
    /// Row-major.
    var numbers: [Number]
    var isInteger: Bool

    /// - Parameter numbers: as many as the extents say.
    init(_ numbers: [Number], dimensions: [Int], isInteger: Bool) {
        self.numbers = numbers
        self.dimensions = dimensions
        self.isInteger = isInteger
    }

    init(scalar: Double, isInteger: Bool = false) {
        self.init([.real(scalar)], dimensions: [], isInteger: isInteger)
    }

    /// The elements, where all are known.
    var reals: [Double]? {
        let reals = numbers.compactMap(\.real)
        return reals.count == numbers.count ? reals : nil
    }

    var integers: [Int]? {
        let integers = numbers.compactMap(\.integer)
        return integers.count == numbers.count ? integers : nil
    }

    /// The element of a tensor that has one.
    var scalar: Double? { numbers.count == 1 ? numbers[0].real : nil }

    private var whole: TensorView? { (try? Shape(dimensions)).map(TensorView.init) }

    /// The elements that a view of this tensor shows.
    func viewed(_ change: (TensorView) throws -> TensorView) rethrows -> HostTensor {
        guard let whole else { return self }
        let view = try change(whole)
        var result: [Number] = []
        view.visit { result.append(numbers[view.addends[0] + $1]) }
        return HostTensor(result, dimensions: view.dimensions, isInteger: isInteger)
    }

    /// The elements repeated along axes of extent 1, and along new first ones; nil where the shapes do not fit.
    func broadcast(to target: [Int]) -> HostTensor? {
        if target == dimensions { return self }
        guard target.count >= dimensions.count, let count = try? Shape(target).elementCount,
            count <= GraphSource.maximumElements
        else { return nil }
        let filled = Array(repeating: 1, count: target.count - dimensions.count) + dimensions
        guard zip(filled, target).allSatisfy({ $0 == 1 || $0 == $1 }) else { return nil }
        var copy = self
        copy.dimensions = filled
        return copy.viewed { view in
            target.enumerated().reduce(view) { view, axis in
                view.selecting(
                    (0..<axis.element).map { filled[axis.offset] == 1 ? 0 : $0 }, axis: axis.offset)
            }
        }
    }
}
