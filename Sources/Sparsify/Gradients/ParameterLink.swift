internal import Networks
internal import Tensors

/// A tensor that may be pruned, and the parameters of the network that hold its elements.
struct BoundTensor {
    var name: String
    var count: Int
    var bindings: [TensorBinding]
}

/// Where a parameter's elements lie in θ, and which of a tensor's they are.
struct ParameterLink: Sendable {
    let parameter: Range<Int>
    /// Where the tensor lies among the prunable weights.
    let tensor: Range<Int>
    /// By element of the parameter, that of the tensor; nil: the same.
    private let positions: [Int32]?

    /// - Throws: `unsupported` where an element of the parameter is the sum of several of the tensor's.
    init(_ parameter: Range<Int>, _ tensor: Range<Int>, _ view: TensorView?) throws {
        self.parameter = parameter
        self.tensor = tensor
        guard let view, !view.isWhole(tensor.count) else {
            positions = nil
            return
        }
        guard view.addends.count == 1 else {
            throw SparsifyError(
                .unsupported, "A parameter is a sum of elements of a tensor, which has no weights of its own.")
        }
        var positions = [Int32](repeating: 0, count: parameter.count)
        view.visit { positions[$0] = Int32($1 + view.addends[0]) }
        self.positions = positions
    }

    private func position(_ index: Int) -> Int { tensor.lowerBound + (positions.map { Int($0[index]) } ?? index) }

    /// Copies the tensor's elements to the parameter's places.
    func write(_ weights: [Float], into vector: inout [Float]) {
        for index in 0..<parameter.count { vector[parameter.lowerBound + index] = weights[position(index)] }
    }

    /// Adds a gradient by the parameter to that by the tensor.
    func add(_ vector: [Float], to weights: inout [Float]) {
        vector.withUnsafeBufferPointer { vector in
            weights.withUnsafeMutableBufferPointer { add(vector, to: $0) }
        }
    }

    func add(_ vector: UnsafeBufferPointer<Float>, to weights: UnsafeMutableBufferPointer<Float>) {
        if let positions {
            for (index, place) in positions.enumerated() {
                weights[tensor.lowerBound + Int(place)] += vector[parameter.lowerBound + index]
            }
        } else {
            for index in 0..<parameter.count {
                weights[tensor.lowerBound + index] += vector[parameter.lowerBound + index]
            }
        }
    }
}
