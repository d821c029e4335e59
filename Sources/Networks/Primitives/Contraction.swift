internal import Tensors

/// A sum of products of a value and a kernel over the axes that they share: a matrix product, or any other that an
/// Einstein sum of two operands writes.
///
/// Axes are labelled by numbers. A label of the kernel that the output lacks is summed over. Parameters: the kernel
/// and, with `hasBias`, what is added to the result: its axes are the result's last ones, extents of 1 are repeated.
public struct Contraction: Sendable, Hashable {
    public var input: [Int]
    public var kernel: [Int]
    public var output: [Int]
    public var kernelExtents: [Int]
    public var hasBias: Bool

    public init(input: [Int], kernel: [Int], output: [Int], kernelExtents: [Int], hasBias: Bool) {
        self.input = input
        self.kernel = kernel
        self.output = output
        self.kernelExtents = kernelExtents
        self.hasBias = hasBias
    }

    /// The product of the last axis of a value with `rank` axes and a (inputs, units) matrix.
    public init(lastOf rank: Int, inputs: Int, units: Int, hasBias: Bool) {
        let rank = max(rank, 1)
        self.init(
            input: Array(0..<rank), kernel: [rank - 1, rank], output: Array(0..<rank - 1) + [rank],
            kernelExtents: [inputs, units], hasBias: hasBias)
    }

    /// Whether it is the product of the last axis with a (inputs, units) matrix.
    public var isMatrixProduct: Bool {
        kernel.count == 2 && input.last == kernel[0] && output.last == kernel[1]
            && output.dropLast() == input.dropLast() && !input.contains(kernel[1])
    }

    private func extents(_ value: Extents) throws(SparsifyError) -> [Int: Int?] {
        guard value.count == input.count else {
            throw SparsifyError(.malformed, "A product over \(input.count) axes was given \(value.text).")
        }
        var result: [Int: Int?] = [:]
        for (label, extent) in zip(kernel, kernelExtents) { result[label] = .some(extent) }
        for (label, extent) in zip(input, value) {
            if let known = result[label], let known {
                guard extent == nil || extent == known else {
                    throw SparsifyError(
                        .malformed, "A product of extent \(known) was given a value of shape \(value.text).")
                }
            } else {
                result[label] = .some(extent)
            }
        }
        return result
    }
}

extension Contraction: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let extents = try extents(value)
        return [with(output.map { extents[$0] ?? nil })]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let extents = try extents(step.inputs[0])
        let others = Set(input).subtracting(kernel).sorted().map { extents[$0] ?? nil }
        return try step.products(
            step.weights[0], positions: others.elementCount(OperationCounts.what), hasBias: hasBias)
    }
}
