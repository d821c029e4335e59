internal import Tensors

/// The few operations that every layer is made of. All that looks at a network (shapes, operation counts) is a fold
/// over these.
public enum Primitive: Sendable, Hashable {
    case contraction(Contraction)
    case convolution(Convolution)
    case depthwiseConvolution(DepthwiseConvolution)
    case transposedConvolution(TransposedConvolution)
    case valueProduct(ValueProduct)
    case recurrence(Recurrence)
    case pooling(Pooling)
    case reduction(Reduction)
    case affine(Affine)
    case standardisation(Standardisation)
    case elementwise(Elementwise)
    case activation(Activation)
    case reshape(Reshape)
    case transpose(Transpose)
    case concatenation(Concatenation)
    case padding(Padding)
    case cropping(Cropping)
    case resampling(Resampling)
    case gather(Gather)
    case slicing(Slicing)
    case constant(Constant)
    case tiling(Tiling)
    case batching(Batching)
    case convolutionalRecurrence(ConvolutionalRecurrence)
    case reversal(Reversal)
    case positions(Positions)
    case noise(Noise)

    var rule: any PrimitiveRule {
        switch self {
        case .contraction(let rule): rule
        case .convolution(let rule): rule
        case .depthwiseConvolution(let rule): rule
        case .transposedConvolution(let rule): rule
        case .valueProduct(let rule): rule
        case .recurrence(let rule): rule
        case .pooling(let rule): rule
        case .reduction(let rule): rule
        case .affine(let rule): rule
        case .standardisation(let rule): rule
        case .elementwise(let rule): rule
        case .activation(let rule): rule
        case .reshape(let rule): rule
        case .transpose(let rule): rule
        case .concatenation(let rule): rule
        case .padding(let rule): rule
        case .cropping(let rule): rule
        case .resampling(let rule): rule
        case .gather(let rule): rule
        case .slicing(let rule): rule
        case .constant(let rule): rule
        case .tiling(let rule): rule
        case .batching(let rule): rule
        case .convolutionalRecurrence(let rule): rule
        case .reversal(let rule): rule
        case .positions(let rule): rule
        case .noise(let rule): rule
        }
    }
}

/// Shape and cost of a primitive.
protocol PrimitiveRule: Sendable, Hashable {
    /// - Throws: `malformed` where the inputs do not fit.
    func outputs(of inputs: [Value]) throws -> [Value]

    /// Operations for one copy of the step; nil where an extent they depend on is open.
    func counts(_ step: StepEvidence) throws -> OperationCounts?
}

/// What a primitive's cost is computed from.
struct StepEvidence {
    var inputs: [Extents]
    var outputs: [Extents]
    var weights: [WeightEvidence]
    /// How often the step runs for one example; nil where that is open.
    var copies: Int?
    var primitive: Primitive

    /// Operations of all copies.
    func total() throws -> OperationCounts? {
        guard let one = try primitive.rule.counts(self) else { return nil }
        if one == .zero { return .zero }
        return try copies.map { try one.times($0) }
    }

    /// The operations of sums of products: each weight takes part `positions` times. A bias adds once to each output
    /// that has a product.
    func products(_ weight: WeightEvidence, positions: Int?, hasBias: Bool) throws -> OperationCounts? {
        guard let positions else { return nil }
        let additions = hasBias ? weight.nonzeros : weight.nonzeros - weight.occupiedOutputs
        return try OperationCounts(multiplications: weight.nonzeros, additions: additions).times(positions)
    }

    /// The same operations for each element of the first output.
    func perElement(multiplications: Int = 0, additions: Int = 0) throws -> OperationCounts? {
        guard multiplications > 0 || additions > 0 else { return .zero }
        guard let count = try outputs.first?.elementCount(OperationCounts.what) else { return nil }
        return try OperationCounts(multiplications: multiplications, additions: additions).times(count)
    }
}

extension PrimitiveRule {
    /// The only input, its extents, and a value like it with other extents.
    func single(_ inputs: [Value]) throws -> (extents: Extents, with: (Extents) -> Value) {
        guard inputs.count == 1, let extents = inputs[0].extents else {
            throw SparsifyError(.malformed, "A layer that takes one input was given \(inputs.count).")
        }
        let copies = inputs[0].copies
        return (extents, { Value(extents: $0, copies: copies) })
    }
}
