/// How a weight tensor multiplies its layer's inputs: as one matrix or several of the same size, each of outputs × inputs.
/// The element of matrix m, output r and input c lies at position `matrices[m] + outputs[r] + inputs[c]` of the tensor,
/// row-major.
public struct WeightMatrices: Sendable, Hashable {
    /// More than one where groups of channels have weights of their own.
    public var matrices: [Int]
    public var outputs: [Int]
    public var inputs: [Int]

    public init(matrices: [Int] = [0], outputs: [Int], inputs: [Int]) {
        self.matrices = matrices
        self.outputs = outputs
        self.inputs = inputs
    }

    public var elementCount: Int { matrices.count * outputs.count * inputs.count }

    /// The elements of matrix `index`, row-major.
    public func gather<Value: BinaryFloatingPoint>(_ index: Int, from tensor: [Value]) -> [Double] {
        var result = [Double](repeating: 0, count: outputs.count * inputs.count)
        var place = 0
        for output in outputs {
            for input in inputs {
                result[place] = Double(tensor[matrices[index] + output + input])
                place += 1
            }
        }
        return result
    }

    /// Puts the elements of matrix `index` in their places.
    public func scatter<Value>(_ matrix: [Value], _ index: Int, to tensor: inout [Value]) {
        var place = 0
        for output in outputs {
            for input in inputs {
                tensor[matrices[index] + output + input] = matrix[place]
                place += 1
            }
        }
    }
}
