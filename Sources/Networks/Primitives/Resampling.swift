internal import Tensors

/// The spatial axes stretched by whole factors. An interpolated output sums the products of the elements around it:
/// 4 for `bilinear`, 16 for `bicubic`; `nearest` copies.
public struct Resampling: Sendable, Hashable {
    public enum Interpolation: String, Sendable, Hashable { case nearest, bilinear, bicubic }

    public var factors: [Int]
    public var interpolation: Interpolation
    public var channels: ChannelAxis

    public init(factors: [Int], interpolation: Interpolation, channels: ChannelAxis) {
        self.factors = factors
        self.interpolation = interpolation
        self.channels = channels
    }
}

extension Resampling: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let (spatial, depth) = try channels.split(value, rank: factors.count)
        var results: Extents = []
        for (extent, factor) in zip(spatial, factors) {
            results.append(try extent.map { try Checked.multiply($0, factor, "extent of a stretched value") })
        }
        return [with(channels.join(results, channels: depth))]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        switch interpolation {
        case .nearest: .zero
        case .bilinear: try step.perElement(multiplications: 4, additions: 3)
        case .bicubic: try step.perElement(multiplications: 16, additions: 15)
        }
    }
}
