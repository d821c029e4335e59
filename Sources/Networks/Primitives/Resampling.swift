public import Tensors

/// The spatial axes resized, each by itself: along an axis, every output is a sum of products of a few inputs and
/// weights that depend on the two extents alone (`taps(from:to:)`). Over several axes the maps are applied one after
/// the other, in any order.
///
/// An output sums the products of the elements around it: 4 over two axes for `bilinear`, 16 for `bicubic`; `nearest`
/// copies.
public struct Resampling: Sendable, Hashable {
    /// As TensorFlow has them, with the centres of elements at halves.
    public enum Interpolation: String, Sendable, Hashable {
        case nearest, bilinear, bicubic, area, lanczos3, lanczos5, mitchellcubic
    }

    /// What becomes of one axis.
    public enum Target: Sendable, Hashable {
        /// Stretched by a whole factor.
        case factor(Int)
        /// Resized to this extent, whatever it was.
        case extent(Int)
        /// Each output as given, whatever the interpolation.
        case taps([Tap])
    }

    /// For each spatial axis.
    public var targets: [Target]
    public var interpolation: Interpolation
    /// Whether an axis that shrinks is filtered over all the inputs that an output stands for. Of no meaning to `nearest`
    /// and `area`.
    public var antialias: Bool
    public var channels: ChannelAxis

    public init(
        _ targets: [Target], interpolation: Interpolation, antialias: Bool = false, channels: ChannelAxis
    ) {
        self.targets = targets
        self.interpolation = interpolation
        self.antialias = antialias
        self.channels = channels
    }

    /// The extent that an axis of `extent` comes to.
    public func output(_ extent: Int, axis: Int) throws(SparsifyError) -> Int {
        switch targets[axis] {
        case .factor(let factor): try Checked.multiply(extent, factor, "extent of a stretched value")
        case .extent(let target): target
        case .taps(let taps): taps.count
        }
    }

    /// Inputs and weights of every output along one of the axes.
    ///
    /// - Throws: `malformed` where there is no input, or one that is given lies beyond.
    public func taps(axis: Int, from input: Int, to output: Int) throws(SparsifyError) -> [Tap] {
        switch targets[axis] {
        case .factor, .extent: return try taps(from: input, to: output)
        case .taps(let taps):
            guard taps.allSatisfy({ $0.start >= 0 && $0.start + $0.weights.count <= input }) else {
                throw SparsifyError(.malformed, "An axis of extent \(input) is resized as another would be.")
            }
            return taps
        }
    }
}

extension Resampling: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let (spatial, depth) = try channels.split(value, rank: targets.count)
        var results: Extents = []
        for (axis, extent) in spatial.enumerated() {
            switch targets[axis] {
            case .extent(let target): results.append(target)
            case .taps(let taps): results.append(taps.count)
            case .factor: results.append(try extent.map { try output($0, axis: axis) })
            }
            guard extent != 0 || results[axis] == 0 else {
                throw SparsifyError(.malformed, "Nothing cannot be stretched to an extent of \(results[axis] ?? 0).")
            }
        }
        return [with(channels.join(results, channels: depth))]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        if interpolation == .nearest { return .zero }
        let input = try channels.split(step.inputs[0], rank: targets.count).spatial
        let (output, depth) = try channels.split(step.outputs[0], rank: targets.count)
        var products = depth
        for (axis, (from, to)) in zip(input, output).enumerated() {
            guard let from, let to, let known = products else { return nil }
            let count = try tapCount(axis: axis, from: from, to: to)
            products = try Checked.multiply(known, count, OperationCounts.what)
        }
        guard let products, let outputs = try step.outputs[0].elementCount(OperationCounts.what) else { return nil }
        return OperationCounts(multiplications: products, additions: products - outputs)
    }
}
